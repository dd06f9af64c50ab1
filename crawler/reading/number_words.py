"""The words that stand around localised numbers: multipliers, and the nouns that are counted.

Multipliers are the compact decimal formats of the Unicode CLDR (short and long forms) as far as
the platforms' pages use them; single letters that mean different things in different languages
stand in `LETTERS` under their language. All words are case-folded.
"""

from __future__ import annotations

_FACTORS = {
    "thousand": 10**3,
    "myriad": 10**4,
    "lakh": 10**5,
    "million": 10**6,
    "crore": 10**7,
    "yi": 10**8,
    "milliard": 10**9,
    "billion": 10**12,
}


def _table(**words: str) -> dict[str, int]:
    """Words by factor; an abbreviation of three letters or more may also lack its full stop."""
    full = {
        word.casefold(): _FACTORS[name] for name, line in words.items() for word in line.split("|")
    }
    bare = {word[:-1]: factor for word, factor in full.items() if len(word) > 3 and word[-1] == "."}
    return {**{word: factor for word, factor in bare.items() if word != "mil"}, **full}


COMMA = _table(
    thousand="tys.|tysiąc|tysiąca|tysiące|tysięcy|tis.|tisíc|tisíce|tisíca|tisoč|tisuća|tisuće|"
    "тыс.|тысяч|тысяча|тысячи|тысячы|тис.|тисяч|тисяча|тисячі|хил.|хиляди|хиљ.|хиљада|хиљаде|"
    "hilj.|hiljada|hiljade|илј.|мың|миң|χιλ.|χιλιάδες|χιλιάδα|bin|tsd.|tausend|mila|mille|"
    "milliers|duizend|duisend|mii|de mii|tūkst.|tūkstoši|tūkstančių|tuh|tuhat|tuhatta|ezer|"
    "tusen|tusind|þúsund|rb|ribu|nghìn|ngàn|mijë|ming|ათ.|ათასი|հզր|հազար|к",
    million="mio|mio.|mln|mln.|milj.|mill.|млн|млн.|мил.|миллион|миллиона|миллионов|мільйон|"
    "мільйони|мільйона|мільйонів|милион|милиона|millionen|miljoen|miljon|miljoner|miljonit|"
    "miljoonaa|milion|miliona|milionu|miliony|milionů|milionów|milión|milióna|milióny|miliónov|"
    "milijun|milijuna|milijon|milijona|milijone|milijonov|milijonų|millioner|millió|milioane|"
    "de milioane|milioni|milyon|εκ.|εκατομμύρια|εκατομμύριο|jt|juta|tr|triệu|მლნ.|მილიონი|"
    "մլն|միլիոն",
    milliard="mrd|mrd.|mia.|mld|mld.|mlrd|mlrd.|mlr.|md|mjd|млрд|млрд.|milliarde|milliarden|"
    "milliard|milliards|milliárd|miljard|miljarder|miliard|miliarda|miliardy|miliardů|miliárd|"
    "miliardów|miliardi|miliarde|milyar|miliar|δισ.|миллиард|миллиарда|миллиардов|мільярд|"
    "мільярди|мільярдів|tỷ|mil milhões|mil mi|bilhão|bilhões",
)
"""Of languages that write decimals with a comma."""

DOT = _table(
    thousand="thousand|천|千|พัน|ألف|آلاف|هزار|ہزار|हज़ार|हजार|ह|হাজার|হা|હજાર|ਹਜ਼ਾਰ|ஆயிரம்|ஆ|"
    "వేలు|వే|ಸಾವಿರ|ಸಾ|ആയിരം|אלף|ពាន់|ထောင်|мянга|ሺ|libo|na libo",
    myriad="万|萬|만|หมื่น|သောင်း",
    lakh="lakh|lakhs|lac|lacs|लाख|লাখ|লা|લાખ|ਲੱਖ|لاکھ|แสน|သိန်း|十万|十萬|십만",
    million="million|millions|百万|百萬|백만|ล้าน|مليون|ملايين|میلیون|מיליון|மில்லியன்|மி|"
    "మిలియన్|మి|ಮಿಲಿಯನ್|ಮಿ|ദശലക്ഷം|លាន|သန်း|сая|ሚ|ሚሊዮን",
    crore="crore|crores|cr|cr.|करोड़|करोड|क॰|कोटी|কোটি|কো|કરોડ|ਕਰੋੜ|کروڑ|千万|千萬|천만",
    yi="亿|億|억",
    milliard="billion|billions|bn|十亿|十億|십억|مليار|میلیارد|מיליארד|พันล้าน|अरब|अ॰|अब्ज",
    billion="万亿|萬億|兆|조",
)
"""Of languages that write decimals with a point."""

EITHER = _table(
    thousand="k|mil",
    million="m|mil.|mi|mn|millón|millones|milhão|milhões",
    milliard="b|bi|mil m|mil millones",
)
"""Of languages of both kinds."""

LETTERS = {
    "da": {"t": 10**3, "t.": 10**3},
    "en": {"l": 10**5},
    "es": {"mil.": 10**3},
    "fi": {"t.": 10**3, "t": 10**3},
    "hu": {"e": 10**3},
    "id": {"m": 10**9, "t": 10**12},
    "is": {"þ.": 10**3, "m.": 10**6, "ma.": 10**9},
    "ms": {"j": 10**6, "b": 10**9},
    "pt": {"mil.": 10**3},
    "sv": {"tn": 10**3},
    "tr": {"b": 10**3, "mr": 10**9, "tn": 10**12},
    "vi": {"n": 10**3, "t": 10**9},
    "zh": {"w": 10**4},
}
"""What a word means in one language, first letters of its tag, before it means anything else."""

CASED = {"ca": {"m": 10**3, "M": 10**6}}
"""Letters that mean one thing small and another thing large."""

NO_MULTIPLIERS = ("mi piace",)
"""Nouns that begin like a multiplier: Italian likes are no Brazilian millions."""

_POINT = "en ja ko zh th hi bn mr ta te ur he ms fil am km mn my ne gu kn ml pa sw si zu"
POINT_LANGUAGES = frozenset(_POINT.split())
"""Languages that write decimals with a point."""

_COMMA = """
    af az be bg ca cs da de el et eu fi fr gl hr hu hy id is it ka kk ky lo lt lv mk nb nl no pl pt
    ro ru sk sl sq sr sv tr uk uz vi
"""
COMMA_LANGUAGES = frozenset(_COMMA.split())
"""Languages that write decimals with a comma. Spanish is neither: Spain and Mexico differ."""

_SPACED = """
    view views subscriber subscribers follower followers following like likes liked
    comment comments video videos post posts share shares shared play plays reply replies repost
    reposts retweet retweets quote quotes bookmark bookmarks save saves reaction reactions short
    s shorts reel reels fan fans member members people person other others by and total times
    aufruf aufrufe abonnent abonnenten kommentar kommentare beitrag beiträge wiedergaben mal geteilt
    gefällt personen teilungen
    vue vues abonné abonnés abonnée commentaire commentaires vidéo vidéos partage partages lecture
    lectures publication publications mention mentions j aime personnes de d
    vista vistas visualización visualizaciones suscriptor suscriptores seguidor seguidores
    comentario comentarios vídeo vídeos reproducción reproducciones publicación publicaciones
    compartidos veces me gusta personas
    visualização visualizações visualizacao inscrito inscritos subscritor subscritores curtida
    curtidas gosto gostos comentário comentários publicação publicações compartilhamento
    compartilhamentos partilhas pessoas
    visualizzazione visualizzazioni iscritto iscritti commento commenti condivisioni mi piace
    persone riproduzioni
    weergave weergaven abonnee abonnees volger volgers reactie reacties opmerking opmerkingen
    wyświetlenie wyświetlenia wyświetleń subskrybent subskrybentów subskrybenci subskrypcja
    subskrypcje subskrypcji obserwujących komentarz komentarze komentarzy film filmy filmów
    polubienie polubienia polubień osób udostępnień
    zhlédnutí odběratel odběratelé odběratelů sledujících komentář komentáře komentářů videa videí
    zhliadnutí odberateľov sledovateľov komentárov
    просмотр просмотра просмотров подписчик подписчика подписчиков комментарий комментария
    комментариев видео отметок лайк лайка лайков человек
    перегляд перегляди переглядів підписник підписники підписників коментар коментарі коментарів
    відео осіб показвания абонати коментара прегледа пратилаца
    görüntüleme görüntülenme abone takipçi yorum beğeni kişi izlenme
    lượt xem người đăng ký theo dõi bình luận thích
    penayangan ditonton pengikut komentar suka orang tontonan pelanggan ulasan
    visningar prenumeranter följare kommentarer visninger abonnenter følgere næyttökertaa
    katselukertaa tilaajaa seuraajaa kommenttia megtekintés feliratkozó követő megjegyzés
    vizionări abonați urmăritori comentarii προβολές συνδρομητές ακόλουθοι σχόλια
    مشاهدة مشاهدات مشترك مشتركين مشتركًا متابع متابعين متابعون متابعًا تعليق تعليقات إعجاب
    فيديو فيديوهات من المشاهدات المشتركين بازدید مشترک دنبال‌کننده
    צפיות מנויים עוקבים תגובות סרטונים
    बार देखा गया व्यू सदस्य फ़ॉलोअर टिप्पणियां टिप्पणी वीडियो लाइक
"""
NOUNS = frozenset(word.casefold() for word in _SPACED.split())
"""What is counted, in scripts that put spaces between words."""

_UNSPACED = """
    次观看 次觀看 观看次数 觀看次數 观看 觀看 次播放 播放量 播放 位订阅者 位訂閱者 订阅者 訂閱者
    订阅 訂閱 关注者 關注者 追蹤者 粉丝 粉絲 条评论 條評論 则留言 則留言 评论 評論 留言
    个赞 個讚 获赞 點讚 点赞 赞 讚 视频 影片 個影片 个视频 部影片 转发 分享 作品
    人 位 名 个 個 部 条 條 次 则 則
    回視聴 視聴回数 回再生 再生回数 再生 視聴 チャンネル登録者数 登録者数 登録者 フォロワー
    コメント いいね 本の動画 動画 投稿 件 本 回 の
    조회수 구독자 팔로워 동영상 댓글 좋아요 게시물 회 명 개 조회
    ผู้ติดตาม การดู ครั้ง คน วิดีโอ รายการ ความคิดเห็น ถูกใจ แชร์ ดู การ
"""
UNSPACED = tuple(_UNSPACED.split())
"""What is counted, in scripts that put no spaces between words."""
