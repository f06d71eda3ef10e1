"""Fulfulde, Songhay, Tamasheq and Arabic, told by their frequent words alone.

No text in them was at hand to learn from, so a language is told only where its own words are a
good part of the text and no other list fits as well. A new language is one more list.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

# Different words of a list that have to be there, and their part of all words.
MIN_KINDS: Final = 2
MIN_SHARE: Final = 0.3

# Persian, Urdu and West African spellings in Arabic letters use letters that Arabic does not.
_NOT_ARABIC: Final = re.compile("[پچژگکیٹڈڑےںہۆۇېڤࢠݝڟݧ]")
_ARABIC_ARTICLE: Final = re.compile("^[وفبكل]?(?:ال|لل)..")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# In small letters; hooked letters also as people type them without.
FUNCTION_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "ff": _words(
        """
        mi hiɗa hida ɗum dum ɗon ɗo ɗuum ɗii ɗee ɓe ɓee ɓen kamɓe kambe onon enen kanko miin nde
        ndee ndeen ngo ngoo ngal ngaal ngol ngool ndu nduu kii kal kaal ɗi koɗe nder yeeso caggal
        hakkunde haa gila fof fuu fuuf kadi kadin boo wonaa wanaa alaa walaa hol holi holko
        hono hanki hannde hande jango jooni jemma nyalnde yimɓe yimbe neɗɗo neddo fulɓe fulbe
        pullo pulaar fulfulde rewɓe rewbe debbo worɓe worbe gorko suka sukaaɓe sukaabe ɓiɗɗo
        biddo leydi wuro gure ladde ndiyam kosam nagge nayi duroobe ceede kaalis laamu laamɗo
        laamdo jawmiraawo jam jaaraama jaraama useko mawɗo mawdo mawɓe mawbe ɓuri buri heewi
        famɗi famdi moyyi moƴƴi boni yiɗi yidi yiɗaa wallude wallu ballal walli heɓi hebi heɓaani
        hebaani hokki hokkaani warii yahi yehi yahde arii ari hooti waɗi wadi waɗa haali haala
        haalde faami anndi anndaa yii yi'i ɗiɗi didi tati joyi jeegom jeeɗiɗi sappo noogaas
        """
    ),
    "ses": _words(
        """
        ay nga ir ngi yer aga iga ayga niga irga warga sii har kaa nda ga goo ra doo banda jine
        cire beene ganda boro borey boraa aru alboro woy woyo weyborey zanka zankey izoo izey
        koyra koyraa koyrawo gandaa labu hari haro ŋaahari naahari ŋa hinfun irkoy irikoy yerkoy
        albarka baana farga goy goyo alhaali cimi tangari nooru noorey amma mo tee neere
        kate koy noo noodi hun fatta wiri ceeci hima hin baa cii bay faham faaboo faabaa kayna
        beeri hanno laala zeno taaga hõ honkuna soohon bii suba alula cijin zaari hugu hugoo
        fondaa cere cerey addeŋ foo hinka hinza taaci guu iddu iye yaaha yagga
        """
    ),
    "taq": _words(
        """
        nak nek nakk kay kayy kem kam enta ənta nakanid nekkanid kawanid entanid əntanid wer wər
        iket kalad dagh daɣ dar fel fəl denneg dennəg dat deffer dəffər ghur ɣur gher ɣer ghas
        ɣas harwa dihad dihadagh azal ahad ehad ezezal endazel əndazəl ashel ashəl wen wan wi tin
        tid wid awa awen awaden awadem awadəm aytedan ayteden midden meddan tidoden tidodden
        barar bararan ilyad ilyadan aghrem aɣrem aɣram aghram akal akall ikallan tenere ténéré
        aman amenokal amghar amɣar imajeghen imajaghan imazwaghan tamasheq tamajeq tamashek
        tamahaq azawad tanemmirt tanamert tənəmmirt tilalt alkher alxer ma-toulid matolahad
        tolahad toulid yalla mesinagh məššinaɣ illa tella əllan ellan iha taha temda kullu
        ijja teje tosa osa igan enna inna esinnan əsin keradh keraḍ okkoz semmos mishan mišan
        mayshan
        """
    ),
    "ar": _words(
        """
        في من على إلى الى عن مع هذا هذه ذلك تلك التي الذي الذين أن ان إن لا ما لم لن قد كان كانت
        يكون هو هي هم نحن أنا انا أنت انت كل بعد قبل عند بين حتى ثم أو او لكن غير منذ حول ضد
        يا عليكم الله ورحمة وبركاته شكرا واش لماذا كيف هل أين متى اليوم غدا أمس ليس ليست
        """
    ),
}


def told_by_function_words(words: Sequence[str], codes: Sequence[str]) -> str | None:
    """The one of these languages whose frequent words stand out in a text, None where none does."""
    hits = {code: [word for word in words if _is_of(word, code)] for code in codes}
    best, *others = sorted(hits, key=lambda code: -len(hits[code])) or [""]
    if not best or (others and len(hits[others[0]]) == len(hits[best])):
        return None
    enough = len(set(hits[best])) >= MIN_KINDS and len(hits[best]) >= MIN_SHARE * len(words)
    return best if enough else None


def is_written_in_arabic(words: Sequence[str]) -> bool:
    """Whether words in Arabic letters are clearly Arabic, not another language in its letters."""
    foreign = sum(bool(_NOT_ARABIC.search(word)) for word in words)
    return foreign * 10 <= len(words) and told_by_function_words(words, ("ar",)) == "ar"


def _is_of(word: str, code: str) -> bool:
    article = code == "ar" and _ARABIC_ARTICLE.match(word) is not None
    return article or word in FUNCTION_WORDS[code]
