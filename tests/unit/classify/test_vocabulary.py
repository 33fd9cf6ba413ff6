"""What the press of each language writes has its cue, and words that only look like it have not."""

from __future__ import annotations

import pytest

from domain.classify.document import build
from domain.knowledge import Knowledge
from domain.model import Article

PARTIES = ("MA", "FR")

# Language, category, sentence that tells it.
TELLS = [
    ("fr", "tip", "La piste est partie d'un renseignement venu de Rabat."),
    ("fr", "tip", "Les enquêteurs ont été mis sur la voie par un service ami."),
    ("fr", "tip", "L'échange a permis de localiser le fugitif."),
    ("fr", "coop", "Les douaniers ont agi en lien avec les autorités du port."),
    ("fr", "coop", "Une enquête menée en liaison avec le parquet de Tanger."),
    ("fr", "request", "Réclamé par la justice depuis deux ans, il vivait à Agadir."),
    ("fr", "extradite", "Embarqué à bord d'un vol pour Marseille, il est arrivé menotté."),
    ("fr", "extradite", "Il a quitté Casablanca sous bonne escorte."),
    ("fr", "arrest", "Son arrestation met fin à trois ans de recherches."),
    (
        "fr",
        "operation",
        "Douze tonnes dans des arraisonnements au large, fruit d'enquêtes conjointes.",
    ),
    ("fr", "meet", "Les deux hommes ont conféré au cours d'un déjeuner de travail."),
    ("fr", "commission", "Le comité mixte de défense a tenu ses travaux."),
    ("fr", "exercise", "Tirs à munitions réelles et débarquement amphibie au programme."),
    ("fr", "training", "Un magistrat de liaison rejoindra l'ambassade."),
    ("fr", "statement", "Un partenaire indispensable, a-t-il répété."),
    ("fr", "quarrel", "Le coup de froid dure, la coopération est au point mort."),
    ("fr", "refusal", "La demande s'est heurtée à une fin de non-recevoir."),
    ("fr", "recall", "Ce que prévoit la convention : questions-réponses."),
    ("en", "tip", "The trail came from a call to the drug squad."),
    ("en", "tip", "Actionable intelligence led officers to the flat."),
    ("en", "tip", "The container had been flagged by customs across the sea."),
    ("en", "coop", "The two forces joined forces for the inquiry."),
    ("en", "request", "He was tried in absentia and had absconded."),
    ("en", "extradite", "He was flown home under escort by four officers."),
    ("en", "extradite", "Judges gave a favourable opinion on Monday."),
    ("en", "operation", "Customs took down a network after synchronised raids."),
    ("en", "meet", "The interior minister sat down with his visitor over a working lunch."),
    ("en", "commission", "The two general staffs held staff talks."),
    ("en", "exercise", "Amphibious landings and desert warfare fill the week."),
    ("en", "training", "The corvette dropped anchor; the port visit lasts four days."),
    ("en", "statement", "An indispensable partner, he repeated."),
    ("en", "quarrel", "Relations soured and a diplomatic freeze set in."),
    ("en", "refusal", "The kingdom does not extradite its own."),
    ("en", "recall", "What you need to know, in five questions."),
    ("es", "tip", "Todo empezó con un chivatazo llegado del otro lado del Estrecho."),
    ("es", "tip", "Los datos remitidos por el servicio amigo permitieron localizar el piso."),
    ("es", "coop", "Agentes de los dos cuerpos trabajaron codo con codo."),
    ("es", "request", "Sobre él pesaba una orden de captura; llevaba años huido."),
    ("es", "extradite", "Salió de Casablanca escoltado, a bordo de un avión con destino a Lyon."),
    ("es", "arrest", "La policía le echó el guante en Tánger."),
    ("es", "operation", "La entrega vigilada acabó con catorce registros domiciliarios."),
    ("es", "meet", "El ministro despachó con su invitado en un almuerzo de trabajo."),
    ("es", "commission", "El comité militar celebró su vigésima reunión."),
    ("es", "exercise", "Saltos paracaidistas y desembarco anfibio cierran la semana."),
    ("es", "training", "Un juez de enlace se instalará en la embajada."),
    ("es", "statement", "Un socio imprescindible, repitió."),
    ("es", "quarrel", "El desencuentro llevó a llamar a consultas al embajador."),
    ("es", "refusal", "El reino no extradita a los suyos."),
    ("es", "recall", "Las claves del convenio: preguntas y respuestas."),
    ("it", "tip", "La soffiata: indirizzati gli investigatori verso un capannone."),
    ("it", "tip", "Le informazioni provenienti dai servizi hanno permesso di localizzare il covo."),
    ("it", "coop", "Le due polizie hanno lavorato gomito a gomito."),
    ("it", "request", "Condannato in contumacia, si era rifugiato ad Agadir."),
    ("it", "extradite", "È ripartito sotto scorta, imbarcato su un volo per Lione."),
    ("it", "arrest", "Dopo una lunga caccia all'uomo è stato acciuffato."),
    ("it", "operation", "Una consegna controllata ha chiuso l'inchiesta comune."),
    ("it", "meet", "I due si sono intrattenuti in un pranzo di lavoro."),
    ("it", "commission", "Si sono tenuti i colloqui tra stati maggiori."),
    ("it", "exercise", "Tiri reali e sbarco anfibio nel programma."),
    ("it", "training", "Un magistrato di collegamento andrà a Rabat."),
    ("it", "statement", "Un partner affidabile, ha ripetuto."),
    ("it", "quarrel", "Dissapori e ritorsioni, i rapporti tesi da mesi."),
    ("it", "refusal", "Il regno non estrada i propri cittadini."),
    ("it", "recall", "Cosa prevede il trattato: domande e risposte."),
    ("de", "tip", "Die entscheidenden Informationen kamen aus Rabat."),
    ("de", "tip", "Geheimdienstinformationen führten zur Festnahme am Hafen."),
    ("de", "coop", "Beide Polizeien zogen an einem Strang, Hand in Hand."),
    ("de", "request", "Er war in Agadir untergetaucht und in Abwesenheit verurteilt."),
    ("de", "extradite", "Eskortiert von vier Polizisten flog er nach Lyon."),
    ("de", "arrest", "Am Flughafen klickten die Handschellen."),
    ("de", "operation", "Der Schlag gegen den Drogenring begann vor Tagesanbruch."),
    ("de", "meet", "Beim Arbeitsessen berieten sich die Minister unter vier Augen."),
    ("de", "commission", "Die gemischte Arbeitsgruppe legte ihren Plan vor."),
    ("de", "exercise", "Auf dem Programm: Luftbetankung und Fallschirmsprünge."),
    ("de", "training", "Eine Verbindungsbeamtin zieht in die Botschaft."),
    ("de", "statement", "Ein verlässlicher Partner, wiederholte er."),
    (
        "de",
        "quarrel",
        "Seit Monaten herrscht Eiszeit, der Botschafter wurde abgezogen: Botschafter abberufen.",
    ),
    ("de", "refusal", "Das Ersuchen blieb unbeantwortet, die Weigerung steht."),
    ("de", "recall", "Fragen und Antworten: Was regelt der Vertrag?"),
    (
        "nl",
        "tip",
        "Het spoor leidde naar een loods, na een seintje dat inlichtingen uit Rabat gaven.",
    ),
    ("nl", "tip", "Die gegevens gaven de doorslag."),
    ("nl", "coop", "Beide korpsen werkten zij aan zij."),
    ("nl", "request", "Hij was bij verstek veroordeeld en ondergedoken."),
    ("nl", "extradite", "Hij werd op het vliegtuig gezet, geëscorteerd door agenten."),
    ("nl", "arrest", "De bendeleider werd in de kraag gevat."),
    ("nl", "operation", "De gecontroleerde aflevering eindigde met de grootste drugsvangst."),
    ("nl", "meet", "De twee zagen elkaar tijdens een werklunch, onder vier ogen."),
    ("nl", "commission", "De stafbesprekingen duurden drie dagen."),
    ("nl", "exercise", "Er staan parachutesprongen en mijnenbestrijding gepland."),
    ("nl", "training", "Het fregat ging voor anker voor een vlootbezoek."),
    ("nl", "statement", "Een betrouwbare partner, herhaalde hij."),
    ("nl", "quarrel", "De bekoelde relatie leidde tot represailles."),
    ("nl", "refusal", "Het land levert niet uit, zo luidt het."),
    ("nl", "recall", "Vragen en antwoorden: wat regelt het verdrag?"),
    ("ar", "tip", "جاءت العملية استغلالا لمعطيات أمنية، وأفضت إلى توقيف الرجل."),
    ("ar", "tip", "استغلال معلومات مكّن من تحديد مكان المخزن."),
    ("ar", "coop", "عملت الفرقتان جنبا إلى جنب ويدا في يد."),
    ("ar", "request", "كان موضوع مذكرة جلب بعد أن أدين غيابيا."),
    ("ar", "extradite", "غادر الدار البيضاء مخفورا، مرفوقا بعناصر من الشرطة."),
    ("ar", "arrest", "أُلقي القبض عليه فجرا وهو الآن خلف القضبان."),
    ("ar", "operation", "عمليات متزامنة انتهت بتفتيش المنازل."),
    ("ar", "meet", "تحادث الوزيران على انفراد خلال غداء عمل."),
    ("ar", "commission", "عقدت اجتماعات الأركان بين البلدين."),
    ("ar", "exercise", "إنزال برمائي ورماية بالذخيرة الحية."),
    ("ar", "training", "سيلتحق قاض للاتصال بالسفارة."),
    ("ar", "statement", "شريك لا غنى عنه، يقول المسؤول."),
    ("ar", "quarrel", "إجراءات انتقامية بعد سحب السفير."),
    ("ar", "refusal", "المملكة لا تسلم مواطنيها."),
    ("ar", "recall", "ما هي بنود الاتفاقية؟ أسئلة وأجوبة."),
]

# Language, category, sentence that only looks like it.
LOOKS_LIKE = [
    ("fr", "operation", "Elle a saisi l'occasion pour visiter la médina."),
    ("fr", "operation", "L'avortement reste interdit, les filatures ferment."),
    ("fr", "coop", "Une coopérative d'argan ouvre ses portes."),
    ("fr", "exercise", "L'exercice 2024 se solde par un bénéfice."),
    ("fr", "exercise", "Des exercices physiques le matin, simultanément partout."),
    ("fr", "tip", "Alerte météo : vent sur les côtes."),
    ("fr", "extradite", "La remise des prix a lieu samedi."),
    ("fr", "arrest", "L'arrêt de la production inquiète."),
    ("en", "tip", "She left a generous tip for the waiter."),
    ("en", "tip", "A village on the southern tip of the island."),
    ("en", "operation", "They seized the opportunity to sell."),
    ("en", "exercise", "Physical exercise is good for the heart."),
    ("en", "exercise", "Offshore drilling rigs moved north."),
    ("en", "coop", "An argan oil cooperative sells soap."),
    ("en", "training", "A high-speed train line will open; of course it is late."),
    ("en", "extradite", "The striker's transfer fee broke the record."),
    ("en", "crime", "The summer heat broke a record."),
    ("es", "coop", "La cooperativa agrícola vende aceite."),
    ("es", "exercise", "El ejercicio fiscal cerró con beneficios; el ejercicio físico ayuda."),
    ("es", "tip", "La pista de tenis reabre mañana."),
    ("es", "refusal", "El negocio del turismo crece y las negociaciones siguen."),
    ("es", "extradite", "La entrega de premios será el sábado."),
    ("es", "operation", "Los requisitos del formulario cambian."),
    ("es", "recall", "El barrio que es sede del mercado."),
    ("es", "training", "Una atracción turística muy destacada."),
    ("it", "coop", "La cooperativa agricola vende olio."),
    ("it", "refusal", "Negli ultimi giorni il negozio ha riaperto."),
    ("it", "exercise", "La manovra finanziaria passa alla Camera."),
    ("it", "tip", "Allerta meteo per domani."),
    ("it", "training", "Il corso d'acqua è in secca."),
    ("it", "extradite", "La consegna a domicilio costa meno."),
    ("it", "arrest", "Un arresto cardiaco in spiaggia."),
    ("it", "arrest", "Una condanna e dieci anni dietro le sbarre."),
    ("de", "tip", "Unser Reisetipp: Tipps für den Urlaub im Süden."),
    ("de", "arrest", "Der Antrag wurde gestellt, die Frage gestellt."),
    ("de", "exercise", "Atemübungen helfen beim Einschlafen."),
    ("de", "training", "Das Trainingslager beginnt am Montag."),
    ("de", "extradite", "Die Teams lieferten sich ein Duell, der Kurier liefert Pakete."),
    ("de", "statement", "Gott sei Dank regnete es."),
    ("de", "recall", "Das geschah vor dem Hintergrund steigender Preise."),
    ("de", "operation", "Das neue Gerät kommt zum Einsatz."),
    ("nl", "tip", "Tips voor een weekend aan zee; een boekentip."),
    ("nl", "exercise", "Yogaoefeningen en een oefenwedstrijd."),
    ("nl", "extradite", "De machtsoverdracht verliep rustig, het levert winst op."),
    ("nl", "training", "Het trainingskamp duurt een week."),
    ("nl", "text", "Het visserijakkoord loopt af."),
    ("nl", "recall", "Een speler met Marokkaanse achtergrond."),
    ("nl", "operation", "De hoofdrollen zijn verdeeld."),
    ("ar", "coop", "تعاونيات النساء تبيع زيت الأركان."),
    ("ar", "extradite", "حفل تسليم الجوائز يوم السبت."),
    ("ar", "extradite", "احتجاج سلمي أمام البلدية."),
    ("ar", "training", "حصة تدريبية للمنتخب قبل السفر."),
    ("ar", "operation", "نشرة الطقس وضبط النفس وحجز الفنادق."),
    ("ar", "tip", "لعبة كرة القدم تجمعنا."),
    ("ar", "exercise", "تمارين التنفس مفيدة."),
]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    """The shipped gazetteer and ledger."""
    return Knowledge.load()


def _cues(lang: str, sentence: str, knowledge: Knowledge) -> set[str]:
    """Return the categories of a sentence, phrases of another sense taken out."""
    document = build(Article("a", sentence, "", lang), PARTIES, knowledge)
    return set(document.lines[0].cues)


def _ids(cases: list[tuple[str, str, str]]) -> list[str]:
    return [f"{lang}-{category}-{n}" for n, (lang, category, _) in enumerate(cases)]


@pytest.mark.parametrize(("lang", "category", "sentence"), TELLS, ids=_ids(TELLS))
def test_what_is_told_has_its_cue(
    lang: str, category: str, sentence: str, knowledge: Knowledge
) -> None:
    """A sentence in the wording of its language's press shows what it tells."""
    assert category in _cues(lang, sentence, knowledge)


@pytest.mark.parametrize(("lang", "category", "sentence"), LOOKS_LIKE, ids=_ids(LOOKS_LIKE))
def test_what_only_looks_alike_has_not(
    lang: str, category: str, sentence: str, knowledge: Knowledge
) -> None:
    """A word in another sense, or one that begins alike, is not a cue."""
    assert category not in _cues(lang, sentence, knowledge)


def test_a_phrase_of_another_sense_leaves_no_trace(knowledge: Knowledge) -> None:
    """An idiom hides the word it covers, and counts as no subject itself."""
    assert _cues("en", "They seized the opportunity", knowledge) == set()


def test_an_idiom_keeps_what_it_says_of_other_subjects(knowledge: Knowledge) -> None:
    """A transfer window is no handover, but it is still about the market."""
    found = _cues("en", "The transfer market opens in January", knowledge)
    assert "trade" in found
    assert "extradite" not in found
