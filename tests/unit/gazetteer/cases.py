"""Sentences with the actors that they name, fifteen or more in each language; written for these tests.

An entry: language, day, sentence, actors as (canonical name, country, office) in order. The name of a
role whose holder is not named is ''.
"""

from __future__ import annotations

Actor = tuple[str, str, str]
Case = tuple[str, str, str, list[Actor]]

DARMANIN = ("Gérald Darmanin", "FR", "interior_minister")
LAFTIT = ("Abdelouafi Laftit", "MA", "interior_minister")
RETAILLEAU = ("Bruno Retailleau", "FR", "interior_minister")
NUNEZ = ("Laurent Nuñez", "FR", "interior_minister")
CASTANER = ("Christophe Castaner", "FR", "interior_minister")
HAMMOUCHI = ("Abdellatif Hammouchi", "MA", "national_police_chief")
OUAHBI = ("Abdellatif Ouahbi", "MA", "justice_minister")
JUSTICE = ("Gérald Darmanin", "FR", "justice_minister")
BERRID = ("Mohammed Berrid", "MA", "armed_forces_chief")
MARLASKA = ("Fernando Grande-Marlaska", "ES", "interior_minister")
FR_ROLE = ("", "FR", "interior_minister")
MA_ROLE = ("", "MA", "interior_minister")

FRENCH: list[Case] = [
    ("fr", "2024-04-22", "Le ministre français de l'Intérieur, Gérald Darmanin, est à Rabat.", [DARMANIN]),
    ("fr", "2024-04-22", "Gérald Darmanin, ministre de l'Intérieur et des Outre-mer, a salué ses hôtes.", [DARMANIN]),
    ("fr", "2024-04-22", "M. Darmanin et son homologue marocain Abdelouafi Laftit ont parlé.", [DARMANIN, LAFTIT]),
    ("fr", "2025-04-14", "Le ministre marocain a reçu le ministre d'État, ministre de l'Intérieur, Bruno Retailleau.", [("", "MA", ""), RETAILLEAU]),
    ("fr", "2025-03-10", "Le garde des Sceaux Gérald Darmanin et Abdellatif Ouahbi ont signé.", [JUSTICE, OUAHBI]),
    ("fr", "2024-06-26", "Le patron de la DGSN-DGST, Abdellatif Hammouchi, a vu la directrice générale de la sécurité intérieure, Céline Berthon.", [HAMMOUCHI, ("Céline Berthon", "FR", "domestic_intelligence_chief")]),
    ("fr", "2024-12-02", "L'inspecteur général des FAR, le général de corps d'armée Mohammed Berrid, a reçu le chef d'état-major des armées, le général Thierry Burkhard.", [BERRID, ("Thierry Burkhard", "FR", "armed_forces_chief")]),
    ("fr", "2026-02-01", "Le locataire de Beauvau est attendu au Maroc.", [FR_ROLE]),
    ("fr", "2019-05-02", "Les ministres de l'Intérieur marocain et français se sont vus.", [MA_ROLE, FR_ROLE]),
    ("fr", "2018-11-15", "Christophe Castaner a été reçu par M. Laftit.", [CASTANER, LAFTIT]),
    ("fr", "2019-05-02", "L'ancien ministre de l'Intérieur Gérard Collomb garde un avis.", [("Gérard Collomb", "FR", "interior_minister")]),
    ("fr", "2021-05-02", "Le ministre espagnol de l'Intérieur, Fernando Grande-Marlaska, sera là.", [MARLASKA]),
    ("fr", "2024-03-08", "La BNPJ l'a arrêté à la demande de la DGSI.", [("BNPJ", "MA", ""), ("DGSI", "FR", "")]),
    ("fr", "2026-02-01", "La procureure nationale anti-criminalité organisée, Vanessa Perrée, s'est rendue à Rabat.", [("Vanessa Perrée", "FR", "organised_crime_prosecutor")]),
    ("fr", "2025-06-24", "Louis Laugier, directeur général de la Police nationale, a paraphé le plan.", [("Louis Laugier", "FR", "national_police_chief")]),
    ("fr", "2024-04-22", "Le ministre de l'Intérieur français, Albin Martel-Duroc, ne figure nulle part.", [("Albin Martel-Duroc", "FR", "interior_minister")]),
    ("fr", "2024-04-22", "Le président de la section locale a parlé de football avec l'AS FAR.", []),
]  # fmt: skip

ENGLISH: list[Case] = [
    ("en", "2024-04-22", "French Interior Minister Gérald Darmanin arrived in Rabat.", [DARMANIN]),
    ("en", "2024-04-22", "The French interior minister, Gerald Darmanin, met his Moroccan counterpart, Abdelouafi Laftit.", [DARMANIN, LAFTIT]),
    ("en", "2018-11-15", "France's interior minister flew to Morocco.", [FR_ROLE]),
    ("en", "2025-04-14", "Bruno Retailleau, the French minister of the interior, praised the talks.", [RETAILLEAU]),
    ("en", "2019-05-02", "The Moroccan and French interior ministers agreed.", [MA_ROLE, FR_ROLE]),
    ("en", "2024-06-26", "DGSI chief Céline Berthon received Abdellatif Hammouchi, director general of national security.", [("Céline Berthon", "FR", "domestic_intelligence_chief"), HAMMOUCHI]),
    ("en", "2025-03-10", "Justice ministers Abdellatif Ouahbi and Gérald Darmanin signed.", [OUAHBI, JUSTICE]),
    ("en", "2019-05-02", "Former French interior minister Gérard Collomb spoke.", [("Gérard Collomb", "FR", "interior_minister")]),
    ("en", "2024-12-02", "General Mohammed Berrid, inspector general of the Royal Armed Forces, chaired it.", [BERRID]),
    ("en", "2021-05-02", "Spain's interior minister Fernando Grande-Marlaska was there.", [MARLASKA]),
    ("en", "2022-05-02", "British Home Secretary Priti Patel was not.", [("Priti Patel", "GB", "interior_minister")]),
    ("en", "2024-03-08", "The General Directorate for National Security (DGSN) confirmed it.", [("DGSN", "MA", ""), ("DGSN", "MA", "")]),
    ("en", "2024-03-08", "The road is far and the raid came late.", []),
    ("en", "2026-02-01", "Interior Minister Laurent Nunez and Laftit shook hands.", [NUNEZ, LAFTIT]),
    ("en", "2023-05-02", "German Interior Minister Nancy Faeser visited Rabat.", [("Nancy Faeser", "DE", "interior_minister")]),
    ("en", "2024-04-22", "Samir Darmanin, a baker, opened a shop.", []),
]  # fmt: skip

SPANISH: list[Case] = [
    ("es", "2024-04-22", "El ministro francés del Interior, Gérald Darmanin, llegó a Rabat.", [DARMANIN]),
    ("es", "2024-04-22", "El ministro del Interior francés y su homólogo marroquí, Abdelouafi Laftit, se reunieron.", [FR_ROLE, LAFTIT]),
    ("es", "2025-04-14", "Bruno Retailleau, ministro francés de Interior, elogió a Marruecos.", [RETAILLEAU]),
    ("es", "2026-02-01", "El ministro de Interior de Francia, Laurent Nuñez, viajó.", [NUNEZ]),
    ("es", "2018-11-15", "El titular francés de Interior, Christophe Castaner, habló.", [CASTANER]),
    ("es", "2025-03-10", "El ministro marroquí de Justicia, Abdellatif Ouahbi, firmó.", [OUAHBI]),
    ("es", "2024-06-26", "El director general de Seguridad Nacional, Abdellatif Hammouchi, viajó a París.", [HAMMOUCHI]),
    ("es", "2021-05-02", "El ministro del Interior, Fernando Grande-Marlaska, recibió a Laftit.", [MARLASKA, LAFTIT]),
    ("es", "2021-05-02", "Marlaska viajó a Rabat.", [MARLASKA]),
    ("es", "2019-05-02", "Los ministros del Interior marroquí y francés hablaron.", [MA_ROLE, FR_ROLE]),
    ("es", "2024-03-08", "La Oficina Central de Investigaciones Judiciales y la Guardia Civil actuaron.", [("BCIJ", "MA", ""), ("Guardia Civil", "ES", "")]),
    ("es", "2024-03-08", "La Policía Nacional y la DGST detuvieron a dos hombres.", [("Policía Nacional", "ES", ""), ("DGST", "MA", "")]),
    ("es", "2019-05-02", "El exministro del Interior Gérard Collomb escribió.", [("Gérard Collomb", "FR", "interior_minister")]),
    ("es", "2024-04-22", "La embajadora de Marruecos, Samira Sitaïl, asistió.", [("Samira Sitaïl", "MA", "ambassador")]),
    ("es", "2024-12-02", "El general Mohammed Berrid recibió a la delegación.", [BERRID]),
    ("es", "2024-04-22", "El presidente del club habló con la prensa.", []),
]  # fmt: skip

DUTCH: list[Case] = [
    ("nl", "2024-04-22", "De Franse minister van Binnenlandse Zaken, Gérald Darmanin, was in Rabat.", [DARMANIN]),
    ("nl", "2024-04-22", "Laftit sprak met zijn Franse ambtgenoot Gérald Darmanin.", [LAFTIT, DARMANIN]),
    ("nl", "2024-04-22", 'De Franse minister van Binnenlandse Zaken" Gérald Darmanin "kwam aan.', [DARMANIN]),
    ("nl", "2025-04-14", "Bruno Retailleau, de Franse minister van Binnenlandse Zaken, prees Marokko.", [RETAILLEAU]),
    ("nl", "2025-04-14", "De Marokkaanse minister van Binnenlandse Zaken Abdel Wafi Laftit ontving hem.", [LAFTIT]),
    ("nl", "2018-11-15", "Laftit en zijn Franse tegenhanger spraken af.", [LAFTIT, FR_ROLE]),
    ("nl", "2026-02-01", "Minister Laurent Nuñez reisde naar Rabat.", [NUNEZ]),
    ("nl", "2025-03-10", "De Franse minister van Justitie, Gérald Darmanin, tekende.", [JUSTICE]),
    ("nl", "2023-06-15", "Minister Dilan Yeşilgöz bezocht Marokko.", [("Dilan Yeşilgöz", "NL", "justice_minister")]),
    ("nl", "2022-06-15", "De Belgische minister van Binnenlandse Zaken Annelies Verlinden was er.", [("Annelies Verlinden", "BE", "interior_minister")]),
    ("nl", "2024-06-26", "Het hoofd van de DGST, Abdellatif Hammouchi, kreeg een medaille.", [("Abdellatif Hammouchi", "MA", "domestic_intelligence_chief")]),
    ("nl", "2024-03-08", "De Marokkaanse dienst DGST gaf de tip aan de DGSI.", [("DGST", "MA", ""), ("DGSI", "FR", "")]),
    ("nl", "2019-05-02", "De voormalige Franse minister van Binnenlandse Zaken Gérard Collomb schreef.", [("Gérard Collomb", "FR", "interior_minister")]),
    ("nl", "2018-11-15", "Castaner bezocht Rabat.", [CASTANER]),
    ("nl", "2024-12-02", "De Franse stafchef Thierry Burkhard landde in Rabat.", [("Thierry Burkhard", "FR", "armed_forces_chief")]),
    ("nl", "2024-04-22", "De voorzitter van de club sprak met de pers.", []),
]  # fmt: skip

GERMAN: list[Case] = [
    ("de", "2024-04-22", "Der französische Innenminister Gérald Darmanin reiste nach Rabat.", [DARMANIN]),
    ("de", "2024-04-22", "Frankreichs Innenminister Gérald Darmanin traf seinen marokkanischen Amtskollegen Abdelouafi Laftit.", [DARMANIN, LAFTIT]),
    ("de", "2025-04-14", "Bruno Retailleau, Innenminister Frankreichs, lobte Marokko.", [RETAILLEAU]),
    ("de", "2019-05-02", "Die Innenminister Marokkos und Frankreichs einigten sich.", [MA_ROLE, FR_ROLE]),
    ("de", "2019-05-02", "Die marokkanischen und französischen Innenminister einigten sich.", [MA_ROLE, FR_ROLE]),
    ("de", "2023-05-02", "Bundesinnenministerin Nancy Faeser sprach mit Laftit.", [("Nancy Faeser", "DE", "interior_minister"), LAFTIT]),
    ("de", "2026-02-01", "Der französische Innenminister Laurent Nuñez kam.", [NUNEZ]),
    ("de", "2025-03-10", "Justizminister Gérald Darmanin unterzeichnete in Rabat.", [JUSTICE]),
    ("de", "2025-03-10", "Der marokkanische Justizminister Abdellatif Ouahbi ebenso.", [OUAHBI]),
    ("de", "2018-11-15", "Der französische Innenminister Gespräche und Termine.", [FR_ROLE]),
    ("de", "2024-06-26", "DGST-Chef Abdellatif Hammouchi war in Paris.", [("Abdellatif Hammouchi", "MA", "domestic_intelligence_chief")]),
    ("de", "2019-05-02", "Der frühere französische Innenminister Gérard Collomb schrieb.", [("Gérard Collomb", "FR", "interior_minister")]),
    ("de", "2024-03-08", "Das BCIJ arbeitete mit dem BKA zusammen.", [("BCIJ", "MA", ""), ("BKA", "DE", "")]),
    ("de", "2018-11-15", "Castaner und Laftit trafen sich.", [CASTANER, LAFTIT]),
    ("de", "2024-12-02", "Generalstabschef Thierry Burkhard besuchte Rabat.", [("Thierry Burkhard", "FR", "armed_forces_chief")]),
    ("de", "2024-04-22", "Der Präsident des Vereins sprach zur Presse.", []),
]  # fmt: skip

ITALIAN: list[Case] = [
    ("it", "2024-04-22", "Il ministro dell'Interno francese Gérald Darmanin è a Rabat.", [DARMANIN]),
    ("it", "2024-04-22", "Il ministro francese dell'Interno, Gérald Darmanin, e l'omologo marocchino Abdelouafi Laftit.", [DARMANIN, LAFTIT]),
    ("it", "2025-04-14", "Bruno Retailleau, ministro dell'Interno francese, ha lodato Rabat.", [RETAILLEAU]),
    ("it", "2026-02-01", "Il ministro dell'Interno della Francia, Laurent Nuñez, è arrivato.", [NUNEZ]),
    ("it", "2018-11-15", "L'omologo francese di Laftit è partito.", [FR_ROLE, LAFTIT]),
    ("it", "2019-05-02", "I ministri dell'Interno marocchino e francese si sono visti.", [MA_ROLE, FR_ROLE]),
    ("it", "2025-03-10", "Il ministro della Giustizia Abdellatif Ouahbi ha firmato.", [OUAHBI]),
    ("it", "2023-05-02", "Il titolare del Viminale, Matteo Piantedosi, era assente.", [("Matteo Piantedosi", "IT", "interior_minister")]),
    ("it", "2024-06-26", "Il capo della DGSN Abdellatif Hammouchi è stato ricevuto.", [HAMMOUCHI]),
    ("it", "2024-06-26", "La direttrice generale della sicurezza interna, Céline Berthon, lo ha ricevuto.", [("Céline Berthon", "FR", "domestic_intelligence_chief")]),
    ("it", "2019-05-02", "L'ex ministro dell'Interno Gérard Collomb ha scritto.", [("Gérard Collomb", "FR", "interior_minister")]),
    ("it", "2024-03-08", "La DGST marocchina ha avvisato la DGSI.", [("DGST", "MA", ""), ("DGSI", "FR", "")]),
    ("it", "2018-11-15", "Castaner è stato a Rabat.", [CASTANER]),
    ("it", "2024-12-02", "Il generale Mohammed Berrid ha accolto la delegazione.", [BERRID]),
    ("it", "2021-05-02", "Il ministro dell'Interno spagnolo Fernando Grande-Marlaska è tornato.", [MARLASKA]),
    ("it", "2024-04-22", "Il presidente del circolo ha parlato.", []),
]  # fmt: skip

ARABIC: list[Case] = [
    ("ar", "2024-04-22", "بحث وزير الداخلية المغربي عبد الوافي لفتيت مع نظيره الفرنسي جيرالد دارمانان التعاون.", [LAFTIT, DARMANIN]),
    ("ar", "2024-04-22", "استقبل عبدالوافي لفتيت جيرالد درمانين.", [LAFTIT, DARMANIN]),
    ("ar", "2025-04-14", "وقال وزير الداخلية الفرنسي برونو روتايو إن الزيارة ناجحة.", [RETAILLEAU]),
    ("ar", "2025-04-14", "وقال وزير الداخلية الفرنسي برونو ريتاييو إن الزيارة ناجحة.", [RETAILLEAU]),
    ("ar", "2018-11-15", "وأكد الوزير الفرنسي كريستوف كاستنير ذلك.", [CASTANER]),
    ("ar", "2018-11-15", "وصل وزير الداخلية الفرنسي إلى الرباط.", [FR_ROLE]),
    ("ar", "2019-05-02", "اتفق وزيرا الداخلية المغربي والفرنسي على خطة.", [MA_ROLE, FR_ROLE]),
    ("ar", "2019-05-02", "أكد وزير الداخلية الفرنسي على هامش اللقاء أن التعاون قوي.", [FR_ROLE]),
    ("ar", "2025-03-10", "ووقع وزير العدل عبد اللطيف وهبي ونظيره الفرنسي جيرالد دارمانان إعلانا.", [OUAHBI, JUSTICE]),
    ("ar", "2024-06-26", "التقى المدير العام للأمن الوطني عبد اللطيف حموشي مديرة الأمن الداخلي سيلين بيرتون.", [HAMMOUCHI, ("Céline Berthon", "FR", "domestic_intelligence_chief")]),
    ("ar", "2024-12-02", "استقبل الفريق محمد بريظ المفتش العام للقوات المسلحة الملكية تييري بوركهارد.", [BERRID, ("Thierry Burkhard", "FR", "armed_forces_chief")]),
    ("ar", "2021-05-02", "التقى لفتيت وزير الداخلية الإسباني فرناندو غراندي مارلاسكا.", [LAFTIT, MARLASKA]),
    ("ar", "2024-03-08", "أوقفت الفرقة الوطنية للشرطة القضائية المشتبه فيه.", [("BNPJ", "MA", "")]),
    ("ar", "2024-03-08", "وبتنسيق مع المديرية العامة لمراقبة التراب الوطني تدخل البسيج.", [("DGST", "MA", ""), ("BCIJ", "MA", "")]),
    ("ar", "2026-02-01", "وزير الداخلية الفرنسي لوران نونيز في الرباط.", [NUNEZ]),
    ("ar", "2019-05-02", "قال وزير الداخلية الفرنسي السابق جيرار كولومب.", [("Gérard Collomb", "FR", "interior_minister")]),
    ("ar", "2024-04-22", "وزير الداخلية الفرنسي فيليب مارتان غير معروف.", [("Philippe Martan", "FR", "interior_minister")]),
    ("ar", "2024-04-22", "موسم حصاد الحبوب في الخيام جيد هذا العام.", []),
]  # fmt: skip

# People whom no ledger knows: named after a rank, or before their office.
UNKNOWN: list[Case] = [
    ("fr", "2022-03-01", "Le colonel Sylvain Exemple, de l'armée française, a parlé au Maroc.", [("Sylvain Exemple", "FR", ""), ("French Armed Forces", "FR", "")]),
    ("fr", "2022-03-01", "Le capitaine de vaisseau Loïc Exemple commande le navire français à Casablanca, au Maroc.", [("Loïc Exemple", "FR", "")]),
    ("fr", "2022-03-01", "En France, le général de brigade Redouane Exemple conduit la délégation du Maroc.", [("Redouane Exemple", "MA", "")]),
    ("fr", "2022-03-01", "Un colonel français a salué ses hôtes au Maroc.", []),
    ("fr", "2022-03-01", "Solène Exemple, la ministre française de l'Intérieur, est à Rabat.", [("Solène Exemple", "FR", "interior_minister")]),
    ("fr", "2022-03-01", "Hier à Rabat Salé, le ministre français de l'Intérieur a parlé.", [FR_ROLE]),
    ("en", "2022-03-01", "France and Morocco thanked Rear Admiral Hervé Sample for his work.", [("Hervé Sample", "FR", "")]),
    ("en", "2022-03-01", "Tanguy Sample, the French interior minister, went to Rabat.", [("Tanguy Sample", "FR", "interior_minister")]),
    ("en", "2022-03-01", "The General Directorate met in Morocco and in France.", []),
    ("en", "2022-03-01", "Captain Hervé Sample scored for France against Morocco.", []),
    ("de", "2022-03-01", "Laut Kommandant Loïc Muster üben die Schiffe Frankreichs und Marokkos Manöver.", [("Loïc Muster", "FR", "")]),
    ("nl", "2022-03-01", "Het Franse schip van kapitein-ter-zee Loïc Voorbeeld ligt in Marokko.", [("Loïc Voorbeeld", "FR", "")]),
    ("it", "2022-03-01", "Il generale Tanguy Esempio è in Marocco per la Francia.", [("Tanguy Esempio", "FR", "")]),
    ("es", "2022-03-01", "El coronel Tanguy Muestra de Francia visitó Marruecos.", [("Tanguy Muestra", "FR", "")]),
    ("ar", "2022-03-01", "حل العقيد لويك مثال من فرنسا ضيفا على المغرب.", [("Loïc Mthal", "FR", "")]),
    # Which of two countries of one language is meant stays open.
    ("fr", "2022-03-01", "Le colonel Redouane Exemple a parlé de l'Algérie, du Maroc et de la France.", []),
]  # fmt: skip

ALL = FRENCH + ENGLISH + SPANISH + DUTCH + GERMAN + ITALIAN + ARABIC + UNKNOWN
