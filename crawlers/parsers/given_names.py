"""Given names common in Mali, so that an untagged full name can be masked.

Written from general knowledge, without accents. A list can never be whole: it is one net among
several (docs/data-protection.md).
"""

import re
import unicodedata
from typing import Final

from crawlers.parsers.letters import without_marks

GIVEN_NAMES: Final = frozenset(
    """
    abdou abdoul abdoulaye abdourahamane abdrahamane aboubacar aboubacrine adam adama afou
    ahmadou ahmed aicha aissa aissata aissatou akory alassane alhousseini ali alimata aliou
    alou alousseini amadou amara amenophis ami amidou amina aminata amy anna arouna assa assan
    assetou assitan astan aoua awa aziz baba babou badara badra bakari bakary balkissa bamoussa
    bandiougou bassekou bathily batoma bekaye binta bintou birama bocar bokar bouba boubacar
    boubou bougouna brahima cheick cheickna coumba dadie daouda dede demba diahara dieneba
    djelika djeneba djenebou djibril djoume drissa elhadji fadima fadimata fanta fatima fatimata
    fatoumata fode fousseyni fousseynou gaoussou habibatou habib hadiaratou hadja halima halimata
    hamadoun hamady hamed hamidou hamma harouna hassane hawa ibrahim ibrahima idrissa ismael
    ismaila issa issaka issiaka kadia kadiatou kadidia kadidiatou kalifa kalilou karim karimou
    kassim kassoum korotoumou lala lalla lamine lassana lassina madina madou mady mahamadou
    mahamane maimouna malick mama mamadou mamou mamoutou maria mariam mariama mariame massa
    massaran massitan mohamed mohammed modibo moctar mokhtar moriba mory mountaga moussa mouneissa
    moulaye nafissatou nana nassira nene niagale niama niamoye niare nouhoum nouhou nouh oumar
    oumou ouleymatou ousmane rahamata ramata ramatou rokia rokiatou sadio safiatou safi safoura
    salif salimata salimatou samba sambou sanata saran seckou sekou seydina seydou sidi sidibe
    sidiki sira siaka sirantou siriki sitan soumaila souleymane tahirou tenin tiemoko tidiani
    tiemoko tieman toumani yacouba yacou yaya yaye yehia youba younoussa youssouf zakaria zeinab
    zeinabou zoumana
    """.split()  # noqa: SIM905  (a list of two hundred strings reads worse)
)

FULL_NAME: Final = re.compile(
    r"(?<![\w@#])([A-ZÀ-ÖØ-Þ][\w’'-]+)(?:[ \u00a0][A-ZÀ-ÖØ-Þ][\w’'-]+){1,3}"
)


def mask_full_names(text: str, mask: str) -> str:
    """The text with every given name that is followed by capitalised words replaced."""
    return FULL_NAME.sub(lambda m: mask if _is_given_name(m[1]) else m[0], text)


def _is_given_name(word: str) -> bool:
    return without_marks(unicodedata.normalize("NFKD", word.casefold())) in GIVEN_NAMES
