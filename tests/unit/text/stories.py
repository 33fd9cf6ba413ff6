"""Articles and page furniture in seven languages, written for the tests; no real page is quoted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Story:
    """An article as its author wrote it."""

    lang: str
    title: str
    standfirst: str
    paragraphs: tuple[str, ...]
    quote: str  # a short paragraph
    subheading: str
    intro: str  # announces the list
    items: tuple[str, ...]


@dataclass(frozen=True)
class Furniture:
    """What a site of one language puts around its articles."""

    menu: tuple[str, ...]
    headlines: tuple[str, ...]
    teasers: tuple[tuple[str, str], ...]
    related: str
    most_read: str
    sections: tuple[str, ...]
    see_also: str
    share: str
    tags: str
    newsletter: str
    cookies: str
    rights: str
    form: str
    comments: tuple[str, ...]
    caption: str
    stamp: str
    byline: str
    ad: str
    source: str
    breaking: str


STORIES = {
    "fr": Story(
        "fr",
        "Le port de Safi rouvre après trois mois de travaux de dragage",
        "Les chalutiers reprennent la mer avec de nouvelles règles de tonnage",
        (
            "Safi – Les premiers chalutiers ont quitté le port mercredi matin, trois mois après la fermeture du chenal pour dragage. Une cinquantaine de bateaux attendaient ce départ depuis la mi-janvier, selon la délégation des pêches.",
            "Le chenal a été approfondi de deux mètres, ce qui permettra à des navires de 90 mètres d'accoster même à marée basse. Le chantier a coûté 140 millions de dirhams, dont un tiers est financé par un prêt européen.",
            "Les mareyeurs se plaignent toutefois de la hausse des taxes de criée. Leur association demande une entrevue au ministre, faute de quoi elle menace de suspendre les achats pendant le mois d'avril.",
        ),
        "« Nous avons perdu une saison entière », regrette un armateur.",
        "Des règles plus strictes",
        "La délégation annonce plusieurs mesures pour les prochains mois :",
        (
            "un quota par bateau pour la sardine",
            "des contrôles au débarquement",
            "une criée électronique dès juin",
        ),
    ),
    "en": Story(
        "en",
        "Safi harbour reopens after three months of dredging",
        "Trawlers return to sea under new tonnage rules",
        (
            "SAFI – The first trawlers left the harbour on Wednesday morning, three months after the channel was closed for dredging. Some fifty boats had been waiting for the departure since the middle of January, the fisheries office said.",
            "The channel is now two metres deeper, which lets ships of 90 metres dock even at low tide. The work cost 140 million dirhams, a third of it paid with a European loan.",
            "Fish traders are unhappy about higher auction fees, however. Their association wants to meet the minister and threatens to stop buying for the month of April if he refuses.",
        ),
        '"We have lost a whole season," one shipowner complained.',
        "Stricter rules ahead",
        "The office announced several measures for the coming months:",
        (
            "a quota per boat for sardines",
            "checks when fish is landed",
            "an electronic auction from June",
        ),
    ),
    "es": Story(
        "es",
        "El puerto de Safi reabre tras tres meses de obras de dragado",
        "Los arrastreros vuelven al mar con nuevas normas de tonelaje",
        (
            "Safi, 14 abr.- Los primeros arrastreros zarparon el miércoles por la mañana, tres meses después del cierre del canal por las obras de dragado. Unos cincuenta barcos esperaban esa salida desde mediados de enero, según la delegación de pesca.",
            "El canal tiene ahora dos metros más de profundidad, lo que permitirá atracar a buques de 90 metros incluso con marea baja. La obra ha costado 140 millones de dirhams, un tercio de ellos financiado con un préstamo europeo.",
            "Los mayoristas se quejan, sin embargo, de la subida de las tasas de lonja. Su asociación pide una reunión con el ministro y amenaza con suspender las compras durante el mes de abril.",
        ),
        "«Hemos perdido una temporada entera», lamenta un armador.",
        "Normas más estrictas",
        "La delegación anuncia varias medidas para los próximos meses:",
        (
            "una cuota por barco para la sardina",
            "controles en el desembarco",
            "una lonja electrónica desde junio",
        ),
    ),
    "nl": Story(
        "nl",
        "Haven van Safi weer open na drie maanden baggerwerk",
        "Trawlers varen uit onder nieuwe regels voor tonnage",
        (
            "SAFI – De eerste trawlers hebben woensdagochtend de haven verlaten, drie maanden nadat de vaargeul voor baggerwerk werd gesloten. Zo'n vijftig schepen wachtten al sinds half januari op het vertrek, zegt de visserijdienst.",
            "De geul is twee meter dieper geworden, zodat schepen van 90 meter ook bij laag water kunnen aanleggen. Het werk kostte 140 miljoen dirham, waarvan een derde met een Europese lening is betaald.",
            "De vishandelaren klagen intussen over de hogere afslagkosten. Hun vereniging wil de minister spreken en dreigt de aankopen in april stil te leggen als hij dat weigert.",
        ),
        '"We zijn een heel seizoen kwijt", klaagt een reder.',
        "Strengere regels op komst",
        "De dienst kondigt voor de komende maanden een aantal maatregelen aan:",
        (
            "een quotum per schip voor sardines",
            "controles bij het lossen",
            "een elektronische afslag vanaf juni",
        ),
    ),
    "de": Story(
        "de",
        "Hafen von Safi öffnet nach drei Monaten Baggerarbeiten wieder",
        "Trawler fahren unter neuen Regeln für die Tonnage aus",
        (
            "Safi – Die ersten Trawler haben am Mittwochmorgen den Hafen verlassen, drei Monate nachdem die Fahrrinne für Baggerarbeiten gesperrt worden war. Rund fünfzig Schiffe warteten seit Mitte Januar auf die Ausfahrt, teilte die Fischereibehörde mit.",
            "Die Rinne ist nun zwei Meter tiefer, so dass Schiffe von 90 Metern Länge auch bei Niedrigwasser anlegen können. Die Arbeiten kosteten 140 Millionen Dirham, ein Drittel davon stammt aus einem europäischen Kredit.",
            "Die Fischhändler beklagen allerdings höhere Gebühren bei der Versteigerung. Ihr Verband will den Minister sprechen und droht, im April keine Ware mehr abzunehmen, falls er sich weigert.",
        ),
        "„Wir haben eine ganze Saison verloren“, klagt ein Reeder.",
        "Strengere Regeln geplant",
        "Die Behörde kündigt für die kommenden Monate mehrere Maßnahmen an:",
        (
            "eine Quote je Schiff für Sardinen",
            "Kontrollen bei der Anlandung",
            "eine elektronische Auktion ab Juni",
        ),
    ),
    "it": Story(
        "it",
        "Il porto di Safi riapre dopo tre mesi di lavori di dragaggio",
        "I pescherecci tornano in mare con nuove regole sul tonnellaggio",
        (
            "Safi – I primi pescherecci hanno lasciato il porto mercoledì mattina, tre mesi dopo la chiusura del canale per i lavori di dragaggio. Una cinquantina di barche aspettava la partenza da metà gennaio, secondo la delegazione della pesca.",
            "Il canale è ora più profondo di due metri, il che permette a navi di 90 metri di attraccare anche con la bassa marea. I lavori sono costati 140 milioni di dirham, un terzo dei quali coperto da un prestito europeo.",
            "I grossisti si lamentano però dell'aumento delle tariffe d'asta. La loro associazione chiede un incontro con il ministro e minaccia di sospendere gli acquisti per tutto il mese di aprile.",
        ),
        "«Abbiamo perso un'intera stagione», lamenta un armatore.",
        "Regole più severe in arrivo",
        "La delegazione annuncia diverse misure per i prossimi mesi:",
        (
            "una quota per barca per le sardine",
            "controlli allo sbarco",
            "un'asta elettronica da giugno",
        ),
    ),
    "ar": Story(
        "ar",
        "ميناء آسفي يفتح أبوابه من جديد بعد ثلاثة أشهر من أشغال الجرف",
        "مراكب الصيد تعود إلى البحر وفق قواعد جديدة للحمولة في الميناء",
        (
            "آسفي – غادرت أولى مراكب الصيد الميناء صباح الأربعاء، بعد ثلاثة أشهر من إغلاق القناة بسبب أشغال الجرف. وكان نحو خمسين مركبا ينتظر هذا الموعد منذ منتصف يناير، حسب مندوبية الصيد البحري.",
            "وزاد عمق القناة بمترين، وهو ما سيسمح لسفن يبلغ طولها تسعين مترا بالرسو حتى في حالة الجزر. وبلغت كلفة الأشغال 140 مليون درهم، ثلثها ممول بقرض أوروبي.",
            "غير أن تجار السمك يشتكون من ارتفاع رسوم المزاد. وتطالب جمعيتهم بلقاء مع الوزير، وتهدد بتعليق الشراء طيلة شهر أبريل إذا لم يستجب لها",
        ),
        "«لقد ضاع منا موسم بأكمله»، يقول أحد أرباب المراكب.",
        "قواعد أكثر صرامة",
        "وأعلنت المندوبية عن عدة إجراءات خلال الأشهر المقبلة في الميناء:",
        ("حصة لكل مركب من السردين", "مراقبة عند التفريغ", "مزاد إلكتروني ابتداء من يونيو"),
    ),
}

FURNITURE = {
    "fr": Furniture(
        ("Accueil", "Politique", "Économie", "Sport", "Culture"),
        (
            "Le tramway de Rabat en panne pendant deux heures",
            "Handball : les Lionnes passent en demi-finale",
            "Un ministre belge démissionne après un vote perdu",
            "Les prix du blé reculent à Chicago",
            "Festival de Fès : l'affiche dévoilée lundi",
            "Orages attendus sur le Rif ce week-end",
            "Une cellule démantelée par la police à Agadir",
            "Lycées : la date des examens est fixée",
            "Cinéma : un premier film primé à Venise",
            "Le roi d'Espagne attendu à Lisbonne jeudi",
        ),
        (
            (
                "Musées : l'entrée sera gratuite le dimanche",
                "Le ministère de la Culture veut attirer les familles avec une entrée gratuite dans dix musées nationaux.",
            ),
            (
                "Une usine de batteries s'installe à Jorf",
                "Le groupe asiatique promet deux mille emplois d'ici cinq ans dans la nouvelle zone industrielle.",
            ),
        ),
        "Articles liés",
        "Les plus lus",
        ("Monde", "Arts et lettres", "Bien-être"),
        "Lire aussi : Orages attendus sur le Rif ce week-end",
        "Partager sur Facebook Twitter WhatsApp",
        "Mots-clés : pêche, Safi, ports",
        "Inscrivez-vous à notre newsletter et recevez chaque matin l'essentiel de l'actualité.",
        "Nous utilisons des cookies pour mesurer l'audience et vous proposer des contenus adaptés. En poursuivant votre navigation, vous acceptez leur usage.",
        "© 2026 Le Journal. Tous droits réservés.",
        "Laisser un commentaire",
        (
            "Bravo pour ce port, il était temps que quelqu'un s'occupe enfin de nos pêcheurs et de la ville.",
            "Et les taxes alors, qui va les payer encore une fois, toujours les mêmes, c'est honteux.",
        ),
        "Photo : un chalutier dans le port de Safi. © Agence Bleue",
        "Publié le 15 avril 2026 à 09:30",
        "Par Samira Benali",
        "Publicité",
        "Source : agences",
        "Flash info",
    ),
    "en": Furniture(
        ("Home", "Politics", "Business", "Sport", "Culture"),
        (
            "Rabat tram out of service for two hours",
            "Handball: women's team reaches semi-final",
            "Belgian minister quits after lost vote",
            "Wheat prices slip in Chicago",
            "Fez festival line-up out on Monday",
            "Storms forecast over the Rif this weekend",
            "Police break up suspected cell in Agadir",
            "Exam dates set for secondary schools",
            "Debut film wins prize in Venice",
            "Spanish king due in Lisbon on Thursday",
        ),
        (
            (
                "Museums to open free on Sundays",
                "The culture ministry hopes to draw families with free entry to ten national museums from May.",
            ),
            (
                "Battery plant to be built at Jorf",
                "The Asian group promises two thousand jobs within five years in the new industrial zone.",
            ),
        ),
        "Related articles",
        "Most read",
        ("World", "Arts and letters", "Wellbeing"),
        "Read also: Storms forecast over the Rif this weekend",
        "Share on Facebook Twitter WhatsApp",
        "Tags: fishing, Safi, ports",
        "Sign up for our newsletter and get the day's top stories every morning.",
        "We use cookies to measure traffic and to show you content that fits. By continuing to browse you accept this.",
        "© 2026 The Journal. All rights reserved.",
        "Leave a Reply",
        (
            "Well done, it was high time that somebody looked after our fishermen and the town.",
            "And who is going to pay the fees, the same people as always, it is a shame really.",
        ),
        "Photo: a trawler in Safi harbour. © Blue Agency",
        "Published 15 April 2026 at 09:30",
        "By Samira Benali",
        "Advertisement",
        "Source: agencies",
        "Breaking news",
    ),
    "es": Furniture(
        ("Portada", "Política", "Economía", "Deportes", "Cultura"),
        (
            "El tranvía de Rabat, parado durante dos horas",
            "Balonmano: las Leonas alcanzan la semifinal",
            "Dimite un ministro belga tras perder una votación",
            "Baja el precio del trigo en Chicago",
            "El festival de Fez desvela su cartel el lunes",
            "Tormentas en el Rif este fin de semana",
            "La policía desarticula una célula en Agadir",
            "Fijadas las fechas de los exámenes",
            "Una ópera prima, premiada en Venecia",
            "El rey visitará Lisboa el jueves",
        ),
        (
            (
                "Museos gratis los domingos",
                "El Ministerio de Cultura quiere atraer a las familias con entrada libre en diez museos nacionales.",
            ),
            (
                "Una fábrica de baterías en Jorf",
                "El grupo asiático promete dos mil empleos en cinco años en la nueva zona industrial del país.",
            ),
        ),
        "Noticias relacionadas",
        "Lo más leído",
        ("Mundo", "Artes y letras", "Bienestar"),
        "Lea también: Tormentas en el Rif este fin de semana",
        "Compartir en Facebook Twitter WhatsApp",
        "Etiquetas: pesca, Safi, puertos",
        "Suscríbete a nuestra newsletter y recibe cada mañana lo más importante.",
        "Utilizamos cookies para medir la audiencia y mostrarle contenidos adecuados. Si continúa navegando, acepta su uso.",
        "© 2026 El Diario. Todos los derechos reservados.",
        "Deja un comentario",
        (
            "Enhorabuena, ya era hora de que alguien se ocupara de nuestros pescadores y de la ciudad.",
            "Y las tasas quién las paga, los de siempre, es una vergüenza para este país.",
        ),
        "Foto: un arrastrero en el puerto de Safi. © Agencia Azul",
        "Publicado el 15 de abril de 2026 a las 09:30",
        "Por Samira Benali",
        "Publicidad",
        "Fuente: agencias",
        "Última hora",
    ),
    "nl": Furniture(
        ("Home", "Politiek", "Economie", "Sport", "Cultuur"),
        (
            "Tram in Rabat ligt twee uur stil",
            "Handbal: vrouwen bereiken halve finale",
            "Belgische minister stapt op na verloren stemming",
            "Tarweprijs daalt in Chicago",
            "Festival van Fez maakt programma bekend",
            "Onweer verwacht boven het Rif dit weekend",
            "Politie rolt cel op in Agadir",
            "Data van de examens liggen vast",
            "Debuutfilm bekroond in Venetië",
            "Spaanse koning donderdag in Lissabon",
        ),
        (
            (
                "Musea op zondag gratis",
                "Het ministerie van Cultuur wil gezinnen lokken met gratis toegang tot tien nationale musea.",
            ),
            (
                "Batterijfabriek komt naar Jorf",
                "De Aziatische groep belooft tweeduizend banen binnen vijf jaar in de nieuwe industriezone.",
            ),
        ),
        "Gerelateerde artikelen",
        "Meest gelezen",
        ("Wereld", "Kunst en letteren", "Gezond leven"),
        "Lees ook: Onweer verwacht boven het Rif dit weekend",
        "Deel via Facebook Twitter WhatsApp",
        "Trefwoorden: visserij, Safi, havens",
        "Schrijf je in voor onze nieuwsbrief en ontvang elke ochtend het belangrijkste nieuws.",
        "Wij gebruiken cookies om bezoek te meten en u passende inhoud te tonen. Door verder te surfen gaat u daarmee akkoord.",
        "© 2026 De Krant. Alle rechten voorbehouden.",
        "Geef een reactie",
        (
            "Mooi dat iemand eindelijk eens naar onze vissers en naar de stad omkijkt, het werd tijd.",
            "En wie gaat die kosten betalen, altijd dezelfde mensen, het is een schande.",
        ),
        "Foto: een trawler in de haven van Safi. © Blauw Persbureau",
        "Gepubliceerd op 15 april 2026 om 09:30",
        "Door Samira Benali",
        "Advertentie",
        "Bron: persbureaus",
        "Laatste nieuws",
    ),
    "de": Furniture(
        ("Startseite", "Politik", "Wirtschaft", "Sport", "Kultur"),
        (
            "Straßenbahn in Rabat steht zwei Stunden still",
            "Handball: Frauen erreichen Halbfinale",
            "Belgischer Minister tritt nach Abstimmung zurück",
            "Weizenpreis fällt in Chicago",
            "Festival von Fes stellt Programm vor",
            "Gewitter über dem Rif am Wochenende",
            "Polizei zerschlägt Zelle in Agadir",
            "Termine der Prüfungen stehen fest",
            "Erstlingsfilm in Venedig ausgezeichnet",
            "Spanischer König am Donnerstag in Lissabon",
        ),
        (
            (
                "Museen sonntags kostenlos",
                "Das Kulturministerium will Familien mit freiem Eintritt in zehn Nationalmuseen anlocken.",
            ),
            (
                "Batteriefabrik kommt nach Jorf",
                "Der asiatische Konzern verspricht zweitausend Stellen in fünf Jahren im neuen Industriegebiet.",
            ),
        ),
        "Ähnliche Artikel",
        "Meistgelesen",
        ("Welt", "Kunst und Literatur", "Wohlbefinden"),
        "Lesen Sie auch: Gewitter über dem Rif am Wochenende",
        "Teilen auf Facebook Twitter WhatsApp",
        "Schlagwörter: Fischerei, Safi, Häfen",
        "Abonnieren Sie unseren Newsletter und erhalten Sie jeden Morgen das Wichtigste.",
        "Wir verwenden Cookies, um Zugriffe zu messen und passende Inhalte zu zeigen. Mit der weiteren Nutzung stimmen Sie zu.",
        "© 2026 Die Zeitung. Alle Rechte vorbehalten.",
        "Schreiben Sie einen Kommentar",
        (
            "Gut so, es wurde Zeit, dass sich endlich jemand um unsere Fischer und die Stadt kümmert.",
            "Und wer bezahlt die Gebühren, immer dieselben Leute, das ist eine Schande.",
        ),
        "Foto: ein Trawler im Hafen von Safi. © Blaue Agentur",
        "Veröffentlicht am 15. April 2026 um 09:30 Uhr",
        "Von Samira Benali",
        "Anzeige",
        "Quelle: Agenturen",
        "Eilmeldung",
    ),
    "it": Furniture(
        ("Home", "Politica", "Economia", "Sport", "Cultura"),
        (
            "Il tram di Rabat fermo per due ore",
            "Pallamano: le Leonesse in semifinale",
            "Si dimette un ministro belga dopo il voto",
            "Scende il prezzo del grano a Chicago",
            "Il festival di Fes svela il programma",
            "Temporali sul Rif nel fine settimana",
            "La polizia smantella una cellula ad Agadir",
            "Fissate le date degli esami",
            "Opera prima premiata a Venezia",
            "Il re di Spagna giovedì a Lisbona",
        ),
        (
            (
                "Musei gratis la domenica",
                "Il ministero della Cultura vuole attirare le famiglie con ingresso libero in dieci musei nazionali.",
            ),
            (
                "Una fabbrica di batterie a Jorf",
                "Il gruppo asiatico promette duemila posti in cinque anni nella nuova zona industriale.",
            ),
        ),
        "Articoli correlati",
        "I più letti",
        ("Mondo", "Arti e lettere", "Benessere"),
        "Leggi anche: Temporali sul Rif nel fine settimana",
        "Condividi su Facebook Twitter WhatsApp",
        "Tag: pesca, Safi, porti",
        "Iscriviti alla newsletter e ricevi ogni mattina le notizie principali.",
        "Utilizziamo i cookie per misurare gli accessi e mostrarti contenuti adatti. Proseguendo la navigazione ne accetti l'uso.",
        "© 2026 Il Giornale. Tutti i diritti riservati.",
        "Lascia un commento",
        (
            "Bravi, era ora che qualcuno si occupasse finalmente dei nostri pescatori e della città.",
            "E le tariffe chi le paga, sempre i soliti, è una vergogna per tutti noi.",
        ),
        "Foto: un peschereccio nel porto di Safi. © Agenzia Blu",
        "Pubblicato il 15 aprile 2026 alle 09:30",
        "Di Samira Benali",
        "Pubblicità",
        "Fonte: agenzie",
        "Ultim'ora",
    ),
    "ar": Furniture(
        ("الرئيسية", "سياسة", "اقتصاد", "رياضة", "ثقافة"),
        (
            "توقف ترامواي الرباط لمدة ساعتين",
            "كرة اليد: اللبؤات إلى نصف النهائي",
            "استقالة وزير بلجيكي بعد خسارة التصويت",
            "تراجع أسعار القمح في شيكاغو",
            "مهرجان فاس يكشف برنامجه يوم الاثنين",
            "عواصف رعدية مرتقبة بالريف نهاية الأسبوع",
            "الأمن يفكك خلية بأكادير",
            "تحديد مواعيد امتحانات الثانوي",
            "أول فيلم لمخرجة شابة يتوج في البندقية",
            "ملك إسبانيا ينتظر في لشبونة الخميس…",
        ),
        (
            (
                "المتاحف بالمجان كل أحد",
                "تسعى وزارة الثقافة إلى جذب الأسر عبر الدخول المجاني إلى عشرة متاحف وطنية ابتداء من ماي.",
            ),
            (
                "مصنع للبطاريات بالجرف الأصفر",
                "وعدت المجموعة الآسيوية بخلق ألفي منصب شغل خلال خمس سنوات في المنطقة الصناعية الجديدة.",
            ),
        ),
        "مواضيع ذات صلة",
        "الأكثر قراءة",
        ("العالم", "فنون وآداب", "صحة وجمال"),
        "اقرأ أيضا: عواصف رعدية مرتقبة بالريف نهاية الأسبوع",
        "شارك على فايسبوك تويتر واتساب",
        "الوسوم: الصيد، آسفي، الموانئ",
        "اشترك في نشرتنا البريدية لتصلك آخر الأخبار كل صباح.",
        "نستخدم ملفات تعريف الارتباط لقياس عدد الزوار وعرض محتوى يناسبكم. باستمراركم في التصفح فإنكم توافقون على ذلك.",
        "جميع الحقوق محفوظة © 2026 الجريدة",
        "اترك تعليقا",
        (
            "أحسنتم، لقد حان الوقت ليهتم أحد أخيرا بصيادينا وبالمدينة كلها.",
            "ومن سيدفع هذه الرسوم، دائما نفس الناس، إنه لعار على هذا البلد.",
        ),
        "صورة: مركب صيد بميناء آسفي © الوكالة الزرقاء",
        "نشر يوم 15 أبريل 2026 على الساعة 09:30",
        "بقلم: سميرة بنعلي",
        "إعلان",
        "المصدر: وكالات",
        "عاجل",
    ),
}
