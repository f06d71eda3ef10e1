"""English sentences of the weekly page, for headquarters and coordination."""

from collections.abc import Mapping
from typing import Final

SENTENCES: Final[Mapping[str, str]] = {
    # Small words
    "of": "of",
    "unknown": "unknown",
    "too_few_percent": "too few for a %",
    "too_few_threads": "too few threads for a %",
    "dash": "–",
    # Head
    "title": "Social media watch – Mali",
    "week": "Week <number>, <days>",
    "restricted": "Restricted (aid community)",
    "status.usual": "Status: usual",
    "status.to_watch": "Status: to watch",
    "status.alert": "Status: warning in force",
    "status.incomplete": "Status: collection incomplete",
    "why.usual": "nothing stands out from the weeks before",
    "why.read_below": "no change established; points to read again below",
    "why.patterns": "synchronised posting without an ordinary explanation",
    "why.posts": "more posts suspicious of aid than usual",
    "why.comments": "more comments suspicious of aid than usual",
    "why.alerts": "{alerts} {alerts|plural:alert,alerts} this week",
    "why.incomplete": "a lower number than usual means nothing this week",
    "why.no_baseline": "too few complete weeks to say what is usual",
    "read_by": "Read by a person: {posts.by_person|of} posts and {comments.by_person|of} comments.",
    "read_by.mark": "An asterisk (*) marks a number that still rests on the machine alone "
    "(provisional).",
    "coverage.label": "Coverage: ",
    "coverage.facebook": "Facebook {coverage.facebook_pages|of} pages",
    "coverage.no_facebook": "Facebook: no page watched",
    "coverage.x": "X {coverage.x_search|of} queries",
    "coverage.no_x": "X: no query watched",
    "coverage.comments": "comments collected {coverage.comments|of} displayed",
    "coverage.no_comments": "number of comments displayed: unknown",
    # Key points
    "key_points": "Key points",
    "key.alert": "Alert <id> (<level>, <state>).",
    "key.comments.suspicious.rise": "Comments suspicious of aid are up: "
    "{comments.suspicious|share}, "
    "under {comments.threads} {comments.threads|plural:thread,threads}, against a usual "
    "{comments.suspicious.median} ({comments.suspicious.median|range}).",
    "key.posts.suspicious.rise": "Posts suspicious of aid are up: {posts.suspicious|share}, "
    "against "
    "a usual {posts.suspicious.median} ({posts.suspicious.median|range}).",
    "key.comments.suspicious.fall": "Fewer comments suspicious of aid than usual: "
    "{comments.suspicious|share}, against {comments.suspicious.median} "
    "({comments.suspicious.median|range}).",
    "key.posts.suspicious.fall": "Fewer posts suspicious of aid than usual: "
    "{posts.suspicious|share}, against {posts.suspicious.median} "
    "({posts.suspicious.median|range}).",
    "key.comments.items.rise": "Far more comments than usual: {comments.items}, against "
    "{comments.items.median} ({comments.items.median|range}); {comments.largest_thread} stand in "
    "the largest thread.",
    "key.posts.items.rise": "Far more posts than usual: {posts.items}, against "
    "{posts.items.median} ({posts.items.median|range}), carrying {posts.messages} distinct "
    "messages.",
    "key.comments.items.fall": "Far fewer comments than usual: {comments.items}, against "
    "{comments.items.median} ({comments.items.median|range}).",
    "key.posts.items.fall": "Far fewer posts than usual: {posts.items}, against "
    "{posts.items.median} ({posts.items.median|range}).",
    "key.comments.negative_tone.rise": "Comments are more negative in tone than usual: "
    "{comments.negative_tone|share}; a negative tone is not suspicion of aid.",
    "key.posts.negative_tone.rise": "Posts are more negative in tone than usual: "
    "{posts.negative_tone|share}; a negative tone is not suspicion of aid.",
    "key.comments.negative_tone.fall": "Comments are less negative in tone than usual: "
    "{comments.negative_tone|share}.",
    "key.posts.negative_tone.fall": "Posts are less negative in tone than usual: "
    "{posts.negative_tone|share}.",
    "key.theme": " Most often: <theme> ({<figure>}).",
    "key.no_change": "No change established: {posts.items} {posts.items|plural:post,posts} "
    "(usually {posts.items.median|range}), {comments.items} "
    "{comments.items|plural:comment,comments} (usually {comments.items.median|range}).",
    "key.no_baseline": "{posts.items} {posts.items|plural:post,posts} and {comments.items} "
    "{comments.items|plural:comment,comments}; too few complete weeks to speak of a change.",
    "key.incomplete": "Collection was incomplete: at least {posts.items} "
    "{posts.items|plural:post,posts} and {comments.items} "
    "{comments.items|plural:comment,comments}. Nothing is compared with earlier weeks; what looks "
    "like a fall may be a gap.",
    "key.agency.zero": "No post that was read accuses a named agency "
    "({target.named_agency.posts|of}; a zero is still compatible with one in "
    "{target.named_agency.posts|one_in}). In comments: {target.named_agency.comments|of}.",
    "key.agency.some": "{target.named_agency.posts|of} posts read "
    "{target.named_agency.posts|plural:accuses,accuse} a named agency; in comments: "
    "{target.named_agency.comments|of}. The name is not published: the agency concerned is told "
    "separately.",
    "key.agency.none_read": "No post has been read: whether an agency is accused cannot be said.",
    "key.pattern": "{patterns} synchronised posting {patterns|plural:pattern,patterns} without an "
    "ordinary explanation ({pairs.flagged} {pairs.flagged|plural:pair,pairs} beyond chance; "
    "{pairs.by_chance} when accounts are shuffled). This says neither who posts nor why.",
    "key.attack": "{posts.attack} {posts.attack|plural:post reports,posts report} an attack or "
    "violence against aid or health care: to be passed to the incident database, unconfirmed.",
    "key.rest": "The rest is mostly factual: {posts.neutral} neutral and {posts.positive} positive "
    "posts; {comments.neutral} neutral and {comments.positive} positive comments.",
    # What to do
    "what_to_do": "What to do",
    "do.usual": "No reason to change movements on the strength of this watch alone.",
    "do.rise": "Do not reply or share online. Remind committees and relays of the aim and criteria "
    "of activities before the next distribution or mission.",
    "do.health": "Health teams: agree one simple answer with the health district before any "
    "campaign. Do not reply online.",
    "do.pattern": "Synchronised posts: do not pass them on; note the time and tell the usual "
    "contact.",
    "do.attack": "Attack reported: check with teams on the spot before speaking of it.",
    "do.incomplete": "Do not read silence as calm: ask the field what this watch did not see.",
    "do.listen": "Ask drivers, relays and teams what they hear. Report to the usual contact.",
    # Table
    "table.week": "this week",
    "table.median": "usual: median (range)",
    "table.reading": "reading",
    "table.posts": "Posts",
    "table.comments": "Comments",
    "table.posts.stances": "neutral / positive",
    "table.comments.stances": "neutral / positive",
    "table.posts.suspicious": "suspicious of aid",
    "table.comments.suspicious": "suspicious of aid",
    "table.posts.negative_tone": "negative in tone",
    "table.comments.negative_tone": "negative in tone",
    "table.median.value": "{<figure>} ({<figure>|range})",
    "table.note": "Usual: median and range of the {posts.items.median|n} complete weeks among the "
    "13 before. In brackets after a percentage: 95% interval, by thread for comments. No "
    "percentage below <min_n> items read.",
    "reading.usual": "usual",
    "reading.no_change": "no change established",
    "reading.rise": "rise supported",
    "reading.fall": "fall supported",
    "reading.too_few": "outside the range, too few to say",
    "reading.incomplete": "collection incomplete, not compared",
    "reading.no_baseline": "too few weeks to compare",
    "detail.posts": "Facebook {posts.facebook} · X {posts.x} · {posts.messages} distinct "
    "{posts.messages|plural:message,messages}",
    "detail.comments": "under {comments.threads} {comments.threads|plural:thread,threads}, "
    "{comments.largest_thread} in the largest",
    "detail.not_read": "in addition, not read: ",
    "detail.tone": "also about things other than aid",
    "facts.organisations": "Aid organisations mentioned: {organisations}",
    "facts.sources": "Sources of posts: ",
    "facts.engagements": "Engagement: {engagements} (known for {engagements|n} of {posts.items} "
    "posts)",
    "facts.views": "Views on X: {views} (known for {views|n} of {posts.x})",
    "facts.reach": "Reach on Facebook: unknown",
    "facts.places": "Regions named in posts: ",
    "facts.no_places": "Places: no region named",
    # Themes
    "themes.family": "Narratives suspicious of aid (families)",
    "themes.target": "What suspicion of aid is aimed at",
    "themes.target.note": "Narratives have not been coded yet this week; the table says what "
    "suspicion is aimed at. The name of an agency aimed at is not published.",
    "themes.uncoded": "Without a coded narrative: {family.uncoded.posts} "
    "{family.uncoded.posts|plural:post,posts}, {family.uncoded.comments} "
    "{family.uncoded.comments|plural:comment,comments}. ",
    "themes.posts": "posts",
    "themes.comments": "comments",
    "themes.before": "4 weeks before (posts / comments)",
    "themes.status": "status",
    "theme.new": "new",
    "theme.recurring": "recurring",
    "theme.not_observed": "not observed",
    "theme.unknown": "undetermined",
    "theme.provisional": "machine codes, provisional",
    # Charts
    "chart.weeks": "Posts and comments by week",
    "chart.themes.family": "Narrative families by week",
    "chart.themes.target": "What suspicion is aimed at, by week",
    "chart.up": "posts",
    "chart.down": "comments",
    "chart.suspicious": "suspicious of aid",
    "chart.other": "other",
    "chart.incomplete": "incomplete or missing",
    "chart.burst": "rise flagged",
    "chart.week": "W",
    # Lines
    "line.attacks": "Attacks",
    "line.attacks.some": "{posts.attack} {posts.attack|plural:post,posts} and {comments.attack} "
    "{comments.attack|plural:comment,comments} speak of one; to be passed to the incident "
    "database, unconfirmed.",
    "line.attacks.zero": "None found in the posts read.",
    "line.attacks.unknown": "Not counted: content has not been coded yet.",
    "line.regulation": "Regulation",
    "line.regulation.some": "{posts.regulation} {posts.regulation|plural:post,posts} and "
    "{comments.regulation} {comments.regulation|plural:comment,comments} on rules for "
    "organisations.",
    "line.regulation.zero": "Nothing found in the posts read.",
    "line.regulation.unknown": "Not counted: content has not been coded yet.",
    "line.copies": "Copies",
    "line.copies.none": "No posting synchronised beyond chance ({pairs.flagged} "
    "{pairs.flagged|plural:pair,pairs}; {pairs.by_chance} when accounts are shuffled).",
    "line.copies.open": "{patterns} synchronised posting {patterns|plural:pattern,patterns} "
    "without "
    "an ordinary explanation ({pairs.flagged} {pairs.flagged|plural:pair,pairs}; "
    "{pairs.by_chance} when accounts are shuffled).",
    "line.copies.too_few": "Too few shares in common to speak of synchronised posting.",
    "line.copies.not_run": "Synchronised posting has not been looked for this week.",
    "line.copies.explained": "{<figure>} explained {<figure>|plural:copy,copies}: <reason>.",
    "why.press_copy": "press-agency copy",
    "why.agency_campaign": "the agency's own campaign",
    "why.own_campaign": "the agency's own campaign",
    "why.share_button": "share button",
    "why.breaking_news": "breaking news",
    "why.other": "ordinary explanation",
    "line.who": "Who spreads",
    "line.who.text": "Not given: Vigie does not describe authors (opinion, gender, place). Only "
    "the "
    "type of registered pages is counted, above.",
    "line.limits": "Limits",
    "limit.platforms": "Public Facebook and X only; not WhatsApp, TikTok, Telegram or radio.",
    "limit.opinion": "Not representative of Malian opinion.",
    "limit.places": "Places are those stated in the texts, not where authors are.",
    "limit.languages": "The machine reads French and English; mixed Bambara still needs a reader; "
    "Fulfulde, Songhay, Tamasheq and Dogon languages are not read.",
    "limit.comments": "Comments hidden or deleted before collection are missing.",
    # Appendix
    "appendix": "Definitions, coverage, versions and figures",
    "appendix.definitions": "Definitions",
    "appendix.coverage": "Coverage by source",
    "appendix.coverage.header": "source|name|part of the week collected",
    "appendix.readers": "Readers by language",
    "appendix.readers.header": "language|posts|read by a person|comments|read by a person",
    "appendix.versions": "Versions",
    "appendix.figures": "Figures of this page",
    "appendix.figures.note": "Each figure opens to its posts: vigie trace ID --report FILE. An "
    "asterisk (*) marks a provisional figure.",
    "appendix.figures.header": "id|value|of n|95% interval or range|method",
    "method.clopper-pearson": "Clopper-Pearson",
    "method.wilson": "Wilson",
    "method.thread-bootstrap": "bootstrap by thread",
    "method.clopper-pearson-effective-n": "Clopper-Pearson, effective n by thread",
    "method.fewer than 5 threads": "fewer than five threads: no interval",
    "method.no items": "nothing to count",
    "method.too few items": "too few items",
    "method.median and range": "median, range",
    "method.mean and range of permutations": "mean, range of permutations",
    "source.facebook_pages": "Facebook page",
    "source.x_search": "X query",
    "version.classifier": "classifier",
    "version.watchlist": "watchlist",
    "version.codebook": "codebook",
    "version.vigie": "Vigie",
    "version.snapshot": "fingerprint of the facts",
    "analyst": "Analyst's notes (complete or delete)",
    "analyst.slot": "[ context, checks with the field, follow-up ]",
}

WORDS: Final[Mapping[str, str]] = {
    "unknown": "unknown",
    "form.image": "image",
    "form.photo": "image",
    "form.video": "video",
    "form.audio": "audio",
    "form.screenshot": "screenshot",
    "form.removed": "text removed",
    "form.unlabelled": "no label",
    "org.UN": "UN",
    "org.INGO": "INGO",
    "org.NNGO": "national NGO",
    "org.red_cross": "Red Cross",
    "org.coordination": "coordination",
    "org.donor": "donors",
    "org.health_authority": "health authorities",
    "source.agency": "aid agencies",
    "source.un": "United Nations",
    "source.civil_society": "civil society",
    "source.local_media": "local media",
    "source.radio": "radio stations",
    "source.official": "official pages",
    "source.town_page": "town and group pages",
    "source.activist": "activist pages",
    "source.health_authority": "health authorities",
    "source.individual": "individuals",
    "source.other": "other",
    "source.unknown": "type unknown",
    "language.fr": "French",
    "language.en": "English",
    "language.bm": "mixed Bambara",
    "language.und": "undetermined",
    "language.unknown": "unknown",
    "state.proposed": "proposed by a rule, to be validated by a person",
    "state.validated": "validated by a person",
    "state.delivered": "validated and delivered",
}
