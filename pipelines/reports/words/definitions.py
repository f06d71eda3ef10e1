"""What each figure counts, in French and English, by definition key."""

from collections.abc import Mapping
from typing import Final

DEFINITIONS: Final[Mapping[str, tuple[str, str]]] = {
    "items": (
        "Publication : tout élément public sur l'aide au Mali, partages simples exclus. "
        "Commentaire : commentaire Facebook ou réponse X sous une publication retenue, sauf hors "
        "sujet. Publications et commentaires ne sont jamais additionnés.",
        "Post: any public item about aid in Mali, plain reposts excluded. Comment: a Facebook "
        "comment or X reply under a post in scope, unless off-topic. Posts and comments are never "
        "added together.",
    ),
    "read": (
        "Lu : une personne, ou pour un texte la machine, a dit comment il se situe envers l'aide. "
        "C'est le dénominateur des parts.",
        "Read: a person, or for a text the machine, has said how it stands towards aid. This is "
        "the denominator of shares.",
    ),
    "not_read": (
        "Non lu : image, vidéo, audio ou capture sans transcription, ou langue sans lecteur. Un "
        "non lu n'est jamais compté comme neutre.",
        "Not read: image, video, audio or screenshot without transcript, or a language without a "
        "reader. What is not read is never counted as neutral.",
    ),
    "suspicious": (
        "Méfiant envers l'aide : prête à l'aide, ou à une agence, une intention ou un effet caché "
        "ou nuisible. Se plaindre ou critiquer n'est pas être méfiant.",
        "Suspicious of aid: ascribes a hidden or harmful aim or effect to aid or to an agency. "
        "Complaint and criticism are not suspicion.",
    ),
    "neutral": (
        "Neutre : ne prend pas position envers l'aide. Favorable : remercie, loue ou défend "
        "l'aide.",
        "Neutral: takes no side towards aid. Positive: thanks, praises or defends aid.",
    ),
    "negative_tone": (
        "Ton négatif : ton du texte, quel qu'en soit l'objet (prix, coupures, État, aide).",
        "Negative tone: the tone of the text, whatever it is about (prices, power cuts, the State, "
        "aid).",
    ),
    "suspicious_target": (
        "Cible : ce que vise un élément méfiant ; une agence nommée et l'aide en général sont "
        "comptées à part.",
        "Target: what a suspicious item is aimed at; a named agency and aid in general are counted "
        "apart.",
    ),
    "family": (
        "Famille de récits : groupe de codes de la grille de codage. Nouveau : non observé dans "
        "les quatre semaines complètes précédentes. Indéterminé : une lacune ou des éléments non "
        "codés empêchent de le dire.",
        "Narrative family: a group of codes of the codebook. New: not observed in the four "
        "complete weeks before. Undetermined: a gap or uncoded items prevent saying so.",
    ),
    "messages": (
        "Message distinct : les copies d'un même texte comptent une fois.",
        "Distinct message: copies of one text count once.",
    ),
    "threads": (
        "Fil : une publication et ses commentaires. Les intervalles des commentaires sont "
        "calculés par fil ; sous cinq fils, pas d'intervalle.",
        "Thread: a post and its comments. Intervals for comments are computed by thread; below "
        "five threads there is none.",
    ),
    "median": (
        "Changement établi : le chiffre sort de l'étendue des semaines complètes précédentes et un "
        "test exact (taux de fausses découvertes 5 %) le confirme. Sinon, aucun changement n'est "
        "affirmé.",
        "Supported change: the count lies outside the range of the complete weeks before, and an "
        "exact test (false discovery rate 5%) supports it. Otherwise no change is claimed.",
    ),
    "patterns_flagged": (
        "Publications synchronisées : comptes qui publient les mêmes objets en quelques secondes "
        "plus souvent que ne l'explique leur activité. À côté figure le nombre trouvé quand les "
        "comptes sont mélangés au hasard. Aucun compte n'est nommé.",
        "Synchronised posting: accounts that publish the same objects within seconds more often "
        "than their activity explains. Beside it stands the number found when accounts are "
        "shuffled at random. No account is named.",
    ),
    "organisations": (
        "Organisations mentionnées : organisations d'aide différentes nommées dans les "
        "publications.",
        "Organisations mentioned: different aid organisations named in posts.",
    ),
    "engagements": (
        "Interactions : réactions, commentaires et partages affichés ; inconnus quand la "
        "plateforme ne les donne pas.",
        "Engagement: reactions, comments and shares displayed; unknown where the platform does not "
        "give them.",
    ),
    "coverage": (
        "Couverture : requêtes et pages recueillies pour toute la semaine. Une semaine incomplète "
        "est hachurée et n'est comparée à rien.",
        "Coverage: queries and pages collected for the whole week. An incomplete week is hatched "
        "and compared with nothing.",
    ),
}


def definitions(language: str) -> tuple[str, ...]:
    """The definitions in the order a reader needs them."""
    return tuple(both[0 if language == "fr" else 1] for both in DEFINITIONS.values())
