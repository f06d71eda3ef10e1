"""French sentences of the weekly page, for the field. Typography is applied when they are set."""

from collections.abc import Mapping
from typing import Final

SENTENCES: Final[Mapping[str, str]] = {
    # Small words
    "of": "sur",
    "unknown": "inconnu",
    "too_few_percent": "trop peu pour un %",
    "too_few_threads": "trop peu de fils pour un %",
    "dash": "–",
    # Head
    "title": "Veille des réseaux sociaux – Mali",
    "week": "Semaine <number>, <days>",
    "restricted": "Diffusion restreinte (communauté humanitaire)",
    "status.usual": "Situation : habituelle",
    "status.to_watch": "Situation : à suivre",
    "status.alert": "Situation : alerte en cours",
    "status.incomplete": "Situation : collecte incomplète",
    "why.usual": "rien ne sort de l'ordinaire des semaines précédentes",
    "why.read_below": "aucun changement établi ; des points à relire ci-dessous",
    "why.patterns": "des publications synchronisées sans explication ordinaire",
    "why.posts": "plus de publications méfiantes envers l'aide que d'habitude",
    "why.comments": "plus de commentaires méfiants envers l'aide que d'habitude",
    "why.alerts": "{alerts} {alerts|plural:signalement,signalements} cette semaine",
    "why.incomplete": "ne rien conclure d'un chiffre plus bas que d'habitude",
    "why.no_baseline": "trop peu de semaines complètes pour dire ce qui est habituel",
    "read_by": "Lecture : {posts.by_person|of} publications et {comments.by_person|of} "
    "commentaires lus par une personne.",
    "read_by.mark": "L'astérisque (*) marque un chiffre encore fondé sur la seule machine "
    "(provisoire).",
    "coverage.label": "Couverture : ",
    "coverage.facebook": "Facebook {coverage.facebook_pages} "
    "{coverage.facebook_pages|plural:page,pages} sur {coverage.facebook_pages|n}",
    "coverage.no_facebook": "Facebook : aucune page suivie",
    "coverage.x": "X {coverage.x_search} {coverage.x_search|plural:requête,requêtes} sur "
    "{coverage.x_search|n}",
    "coverage.no_x": "X : aucune requête suivie",
    "coverage.comments": "commentaires recueillis {coverage.comments|of} affichés",
    "coverage.no_comments": "nombre de commentaires affichés : inconnu",
    # Key points
    "key_points": "À retenir",
    "key.alert": "Signalement <id> (<level>, <state>).",
    "key.comments.suspicious.rise": "La méfiance envers l'aide monte dans les commentaires : "
    "{comments.suspicious|share}, sous {comments.threads} {comments.threads|plural:fil,fils} ; "
    "d'habitude {comments.suspicious.median} ({comments.suspicious.median|range}).",
    "key.posts.suspicious.rise": "Davantage de publications méfiantes envers l'aide : "
    "{posts.suspicious|share} ; d'habitude {posts.suspicious.median} "
    "({posts.suspicious.median|range}).",
    "key.comments.suspicious.fall": "Moins de commentaires méfiants envers l'aide que d'habitude : "
    "{comments.suspicious|share}, contre {comments.suspicious.median} "
    "({comments.suspicious.median|range}).",
    "key.posts.suspicious.fall": "Moins de publications méfiantes envers l'aide que d'habitude : "
    "{posts.suspicious|share}, contre {posts.suspicious.median} ({posts.suspicious.median|range}).",
    "key.comments.items.rise": "Bien plus de commentaires que d'habitude : {comments.items}, "
    "contre "
    "{comments.items.median} ({comments.items.median|range}) ; le fil le plus long en porte "
    "{comments.largest_thread}.",
    "key.posts.items.rise": "Bien plus de publications que d'habitude : {posts.items}, contre "
    "{posts.items.median} ({posts.items.median|range}), pour {posts.messages} messages distincts.",
    "key.comments.items.fall": "Bien moins de commentaires que d'habitude : {comments.items}, "
    "contre {comments.items.median} ({comments.items.median|range}).",
    "key.posts.items.fall": "Bien moins de publications que d'habitude : {posts.items}, contre "
    "{posts.items.median} ({posts.items.median|range}).",
    "key.comments.negative_tone.rise": "Le ton des commentaires est plus négatif que d'habitude : "
    "{comments.negative_tone|share} ; un ton négatif n'est pas une méfiance envers l'aide.",
    "key.posts.negative_tone.rise": "Le ton des publications est plus négatif que d'habitude : "
    "{posts.negative_tone|share} ; un ton négatif n'est pas une méfiance envers l'aide.",
    "key.comments.negative_tone.fall": "Le ton des commentaires est moins négatif que d'habitude : "
    "{comments.negative_tone|share}.",
    "key.posts.negative_tone.fall": "Le ton des publications est moins négatif que d'habitude : "
    "{posts.negative_tone|share}.",
    "key.theme": " Le plus souvent : <theme> ({<figure>}).",
    "key.no_change": "Aucun changement établi : {posts.items} "
    "{posts.items|plural:publication,publications} (d'habitude {posts.items.median|range}), "
    "{comments.items} {comments.items|plural:commentaire,commentaires} (d'habitude "
    "{comments.items.median|range}).",
    "key.no_baseline": "{posts.items} {posts.items|plural:publication,publications} et "
    "{comments.items} {comments.items|plural:commentaire,commentaires} ; trop peu de semaines "
    "complètes pour parler d'un changement.",
    "key.incomplete": "Collecte incomplète : {posts.items} "
    "{posts.items|plural:publication,publications} et {comments.items} "
    "{comments.items|plural:commentaire,commentaires} au moins. Rien n'est comparé aux semaines "
    "précédentes ; une baisse apparente peut n'être qu'une lacune.",
    "key.agency.zero": "Aucune publication lue ne met en cause une agence nommée "
    "({target.named_agency.posts|of} ; un zéro reste compatible avec une sur "
    "{target.named_agency.posts|one_in}). Dans les commentaires : "
    "{target.named_agency.comments|of}.",
    "key.agency.some": "{target.named_agency.posts|of} publications lues "
    "{target.named_agency.posts|plural:met,mettent} en cause une agence nommée ; dans les "
    "commentaires : {target.named_agency.comments|of}. Le nom n'est pas publié : l'agence "
    "concernée est informée à part.",
    "key.agency.none_read": "Aucune publication n'a été lue : on ne peut pas dire si une agence "
    "est mise en cause.",
    "key.pattern": "{patterns} {patterns|plural:ensemble,ensembles} de publications synchronisées "
    "sans explication ordinaire ({pairs.flagged} {pairs.flagged|plural:paire,paires} au-delà du "
    "hasard ; {pairs.by_chance} quand les comptes sont mélangés). Cela ne dit ni qui publie, ni "
    "pourquoi.",
    "key.attack": "{posts.attack} {posts.attack|plural:publication rapporte,publications "
    "rapportent} une attaque ou une violence contre l'aide ou les soins : à transmettre à la base "
    "d'incidents, non confirmé.",
    "key.rest": "Le reste est surtout factuel : {posts.neutral} "
    "{posts.neutral|plural:publication neutre,publications neutres} et {posts.positive} "
    "{posts.positive|plural:favorable,favorables} ; {comments.neutral} "
    "{comments.neutral|plural:commentaire neutre,commentaires neutres} et {comments.positive} "
    "{comments.positive|plural:favorable,favorables}.",
    # What to do
    "what_to_do": "Que faire",
    "do.usual": "Rien à changer aux mouvements sur la seule foi de cette veille.",
    "do.rise": "Ne pas répondre en ligne, ne pas partager. Rappeler aux comités et aux relais le "
    "but et les critères des activités avant la prochaine distribution ou mission.",
    "do.health": "Équipes de santé : préparer avec le district sanitaire une réponse simple et "
    "commune, avant toute campagne. Ne pas répondre en ligne.",
    "do.pattern": "Publications synchronisées : ne pas relayer ; noter l'heure et transmettre au "
    "contact habituel.",
    "do.attack": "Attaque rapportée : vérifier auprès des équipes sur place avant d'en parler.",
    "do.incomplete": "Ne pas conclure au calme : demander au terrain ce que la veille n'a pas vu.",
    "do.listen": "Chauffeurs, relais, équipes : demander ce qu'ils entendent. Signaler : contact "
    "habituel.",
    # Table
    "table.week": "cette semaine",
    "table.median": "d'habitude : médiane (étendue)",
    "table.reading": "lecture",
    "table.posts": "Publications",
    "table.comments": "Commentaires",
    "table.posts.stances": "neutres / favorables",
    "table.comments.stances": "neutres / favorables",
    "table.posts.suspicious": "méfiantes envers l'aide",
    "table.comments.suspicious": "méfiants envers l'aide",
    "table.posts.negative_tone": "de ton négatif",
    "table.comments.negative_tone": "de ton négatif",
    "table.median.value": "{<figure>} ({<figure>|range})",
    "table.note": "« D'habitude » : médiane et étendue des {posts.items.median|n} semaines "
    "complètes parmi les 13 précédentes. Entre parenthèses après un pourcentage : intervalle à "
    "95 %, pour les commentaires calculé par fil. Pas de pourcentage sous <min_n> éléments lus.",
    "reading.usual": "habituel",
    "reading.no_change": "pas de changement établi",
    "reading.rise": "hausse établie",
    "reading.fall": "baisse établie",
    "reading.too_few": "hors de l'étendue ; trop peu pour conclure",
    "reading.incomplete": "collecte incomplète, non comparé",
    "reading.no_baseline": "trop peu de semaines pour comparer",
    "detail.posts": "Facebook {posts.facebook} · X {posts.x} · {posts.messages} "
    "{posts.messages|plural:message distinct,messages distincts}",
    "detail.comments": "sous {comments.threads} {comments.threads|plural:fil,fils}, dont "
    "{comments.largest_thread} sous le plus long",
    "detail.not_read": "en plus, non lus : ",
    "detail.tone": "vise aussi autre chose que l'aide",
    "facts.organisations": "Organisations d'aide mentionnées : {organisations}",
    "facts.sources": "Sources des publications : ",
    "facts.engagements": "Interactions : {engagements} (connues pour {engagements|n} publications "
    "sur {posts.items})",
    "facts.views": "Vues sur X : {views} (connues pour {views|n} sur {posts.x})",
    "facts.reach": "Portée sur Facebook : inconnue",
    "facts.places": "Régions citées dans les publications : ",
    "facts.no_places": "Lieux : aucune région citée",
    # Themes
    "themes.family": "Récits méfiants envers l'aide (familles)",
    "themes.target": "Ce que vise la méfiance envers l'aide",
    "themes.target.note": "Les récits ne sont pas encore codés cette semaine ; le tableau dit ce "
    "que vise la méfiance. Le nom d'une agence visée n'est pas publié.",
    "themes.uncoded": "Sans récit codé : {family.uncoded.posts} "
    "{family.uncoded.posts|plural:publication,publications}, {family.uncoded.comments} "
    "{family.uncoded.comments|plural:commentaire,commentaires}. ",
    "themes.posts": "publ.",
    "themes.comments": "comm.",
    "themes.before": "4 sem. préc. (publ. / comm.)",
    "themes.status": "statut",
    "theme.new": "nouveau",
    "theme.recurring": "récurrent",
    "theme.not_observed": "non observé",
    "theme.unknown": "indéterminé",
    "theme.provisional": "codes de la machine, provisoires",
    # Charts
    "chart.weeks": "Publications et commentaires par semaine",
    "chart.themes.family": "Familles de récits par semaine",
    "chart.themes.target": "Ce que vise la méfiance, par semaine",
    "chart.up": "publications",
    "chart.down": "commentaires",
    "chart.suspicious": "méfiants envers l'aide",
    "chart.other": "autres",
    "chart.incomplete": "incomplet ou absent",
    "chart.burst": "hausse signalée",
    "chart.week": "S",
    # Lines
    "line.attacks": "Attaques",
    "line.attacks.some": "{posts.attack} {posts.attack|plural:publication,publications} et "
    "{comments.attack} {comments.attack|plural:commentaire,commentaires} en parlent ; à "
    "transmettre à la base d'incidents, non confirmé.",
    "line.attacks.zero": "Aucune relevée dans les publications lues.",
    "line.attacks.unknown": "Non comptées : les contenus ne sont pas encore codés.",
    "line.regulation": "Règlement",
    "line.regulation.some": "{posts.regulation} {posts.regulation|plural:publication,publications} "
    "et {comments.regulation} {comments.regulation|plural:commentaire,commentaires} sur les règles "
    "faites aux organisations.",
    "line.regulation.zero": "Rien relevé dans les publications lues.",
    "line.regulation.unknown": "Non compté : les contenus ne sont pas encore codés.",
    "line.copies": "Reprises",
    "line.copies.none": "Aucune publication synchronisée au-delà du hasard ({pairs.flagged} "
    "{pairs.flagged|plural:paire,paires} ; {pairs.by_chance} quand les comptes sont mélangés).",
    "line.copies.open": "{patterns} {patterns|plural:ensemble synchronisé,ensembles synchronisés} "
    "sans explication ordinaire ({pairs.flagged} {pairs.flagged|plural:paire,paires} ; "
    "{pairs.by_chance} quand les comptes sont mélangés).",
    "line.copies.too_few": "Trop peu de partages communs pour parler de publications "
    "synchronisées.",
    "line.copies.not_run": "Détection des publications synchronisées non faite pour cette semaine.",
    "line.copies.explained": "{<figure>} {<figure>|plural:reprise expliquée,reprises expliquées} : "
    "<reason>.",
    "why.press_copy": "copie d'agence de presse",
    "why.agency_campaign": "campagne de l'agence elle-même",
    "why.own_campaign": "campagne de l'agence elle-même",
    "why.share_button": "bouton de partage",
    "why.breaking_news": "actualité immédiate",
    "why.other": "explication ordinaire",
    "line.who": "Qui diffuse",
    "line.who.text": "Non donné : Vigie ne décrit pas les auteurs (opinion, genre, lieu). Seul le "
    "type des pages inscrites au registre est compté, ci-dessus.",
    "line.limits": "Limites",
    "limit.platforms": "Facebook et X publics seulement ; ni WhatsApp, ni TikTok, ni Telegram, ni "
    "radio.",
    "limit.opinion": "Ne représente pas l'opinion des Maliens.",
    "limit.places": "Lieux : ceux que citent les textes, non ceux des auteurs.",
    "limit.languages": "La machine lit le français et l'anglais ; le bambara mêlé reste à relire ; "
    "peul, songhaï, tamasheq et dogon ne sont pas lus.",
    "limit.comments": "Les commentaires masqués ou supprimés avant la collecte manquent.",
    # Appendix
    "appendix": "Définitions, couverture, versions et chiffres",
    "appendix.definitions": "Définitions",
    "appendix.coverage": "Couverture par source",
    "appendix.coverage.header": "source|nom|part de la semaine recueillie",
    "appendix.readers": "Lecteurs par langue",
    "appendix.readers.header": "langue|publications|dont lues par une personne|commentaires|dont "
    "lus par une personne",
    "appendix.versions": "Versions",
    "appendix.figures": "Chiffres de cette page",
    "appendix.figures.note": "Chaque chiffre se remonte à ses publications : vigie trace ID "
    "--report FICHIER. L'astérisque (*) marque un chiffre provisoire.",
    "appendix.figures.header": "identifiant|valeur|sur n|intervalle à 95 % ou étendue|méthode",
    "method.clopper-pearson": "Clopper-Pearson",
    "method.wilson": "Wilson",
    "method.thread-bootstrap": "bootstrap par fil",
    "method.clopper-pearson-effective-n": "Clopper-Pearson, n effectif par fil",
    "method.fewer than 5 threads": "moins de cinq fils : pas d'intervalle",
    "method.no items": "rien à compter",
    "method.too few items": "trop peu d'éléments",
    "method.median and range": "médiane, étendue",
    "method.mean and range of permutations": "moyenne, étendue des permutations",
    "source.facebook_pages": "page Facebook",
    "source.x_search": "requête X",
    "version.classifier": "classifieur",
    "version.watchlist": "liste de veille",
    "version.codebook": "grille de codage",
    "version.vigie": "Vigie",
    "version.snapshot": "empreinte des faits",
    "analyst": "Notes de l'analyste (à compléter ou à effacer)",
    "analyst.slot": "[ contexte, vérifications auprès du terrain, suites données ]",
}

WORDS: Final[Mapping[str, str]] = {
    "unknown": "inconnu",
    "form.image": "image",
    "form.photo": "image",
    "form.video": "vidéo",
    "form.audio": "audio",
    "form.screenshot": "capture d'écran",
    "form.removed": "texte retiré",
    "form.unlabelled": "sans étiquette",
    "org.UN": "ONU",
    "org.INGO": "ONGI",
    "org.NNGO": "ONG nationales",
    "org.red_cross": "Croix-Rouge",
    "org.coordination": "coordination",
    "org.donor": "bailleurs",
    "org.health_authority": "autorités sanitaires",
    "source.agency": "agences d'aide",
    "source.un": "Nations unies",
    "source.civil_society": "société civile",
    "source.local_media": "médias locaux",
    "source.radio": "radios",
    "source.official": "pages officielles",
    "source.town_page": "pages de villes et de groupes",
    "source.activist": "pages militantes",
    "source.health_authority": "autorités sanitaires",
    "source.individual": "particuliers",
    "source.other": "autres",
    "source.unknown": "type inconnu",
    "language.fr": "français",
    "language.en": "anglais",
    "language.bm": "bambara mêlé",
    "language.und": "indéterminée",
    "language.unknown": "inconnue",
    "state.proposed": "proposé par une règle, à valider par une personne",
    "state.validated": "validé par une personne",
    "state.delivered": "validé et diffusé",
}
