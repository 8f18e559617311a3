"""Lines that belong to the page and not to what it shows: share bars, comments, paging, "Published in". Patterns over lines."""

from __future__ import annotations

import re

from distro.editorial.importing.protected import PLACEHOLDER

PUBLISHED_IN = re.compile(
    r"^(?:published\s+(?:in|under)|posted\s+(?:in|under)|filed\s+under|publicado\s+en|archivado\s+en"
    r"|categor[ií]as?|category|categories"
    r"|publié\s+dans|publicado\s+em|categorized|tagged(?:\s+(?:with|as|under))?|tags?|etiquetas?"
    r"|etiquetad[oa]\s+(?:como|en|con)|topics?|temas?)\s*:?\s+(?!(?:[^\W\d]+\.?,?\s+){0,3}\d{1,2}\b.{0,24}\b(?:19"
    r"|20)\d\d)\S.{0,160}$",
    re.IGNORECASE,
)
"""The line under a post that says in which category it is; what follows is another post."""

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic)"
_WHOLE = re.compile(
    r"""^[\s«‹←→»›|•·*\-–—]*(?:
    details|detalles|esta\ entrada\ (?:fue|se|ha)\ .{0,120}|guarda(?:r)?\ el\ enlace.{0,60}
    |skip\ to\ (?:main\ )?(?:content|navigation)|(?:saltar|ir
    |pasar)\ al\ contenido(?:\ principal)?|aller\ au\ contenido
    |home|inicio|about(?:\ us)?|contact\ us|newsroom|menu|men[uú]|search|buscar|donate|donar?|log\ ?in|sign\ (?:up
    |in)|iniciar\ sesi[oó]n
    |back\ to\ (?:top|news|press\ releases|all\ .{1,30}|list)|volver(?:\ (?:arriba|al?\ .{1,30}))?|return\ to\ .{1,30}|top
    |read\ (?:more|full\ .{0,20}|the\ (?:full|rest).{0,40})(?:\ (?:about\ .*|[.…»>→]+))?|leer\ m[aá]s.{0,80}
    |seguir\ leyendo.{0,80}|continue\ reading.{0,80}|ver\ m[aá]s|see\ more|view\ (?:all|more).{0,30}
    |lire\ la\ suite.{0,60}|leia\ mais.{0,60}|\[?(?:…|\.\.\.)\]?
    |share(?:\ (?:this|on|via|with|to)\b.{0,50})?(?:\ ?:)?|comparte?(?:\ (?:esto|esta|en|este)\b.{0,40})?(?:\ ?:)?
    |compartir(?:\ .{0,40})?|partager(?:\ .{0,30})?
    |(?:click|haz\ clic|haga\ clic)\ (?:to|para)\ (?:share|compartir|email|print|imprimir).{0,60}
    |(?:tweet|tuitear|facebook|twitter|x|linkedin|whatsapp|instagram|youtube|pinterest|reddit|telegram|email
    |e-mail|correo(?:\ electr[oó]nico)?|print|imprimir|pdf|like|me\ gusta|pin\ it|copy\ link|copiar\ enlace|rss
    |flickr|tumblr|bluesky|threads|mastodon|google\+?|more|m[aá]s)
      (?:\s*[|,/•·]?\s*(?:tweet|facebook|twitter|x|linkedin|whatsapp|instagram|youtube|pinterest|reddit|telegram
      |email|e-mail|correo(?:\ electr[oó]nico)?|print|imprimir|pdf|like|copy\ link|rss|bluesky|threads|more|m[aá]s
      |share|compartir))*
    |(?:no|\d+|sin|a[uú]n\ no\ hay|one|un)\ (?:comments?|comentarios?|responses?|respuestas?)(?:\ yet|\ todav[ií]a
    |\ so\ far)?|comments?(?:\ (?:are\ closed|off|\(\d+\)).{0,20})?|comentarios?(?:\ (?:cerrados|desactivados
    |\(\d+\)).{0,20})?|(?:be\ the\ first\ to|s[eé]\ el\ primero\ en)\ .{0,30}
    |(?:leave|post|add)\ a\ (?:reply|comment).{0,30}|deja(?:r)?\ (?:un|una)\ (?:comentario|respuesta).{0,30}
    |(?:cancel|cancelar)\ (?:reply|respuesta)
    |(?:you\ must\ be|debes\ estar)\ (?:logged\ in|conectado).{0,60}
    |(?:go\ to\ page|ir\ a\ (?:la\ )?p[aá]gina)\ ?:?.{0,20}|(?:page|p[aá]gina|pag\.?)\ \d+\ (?:of|de
    |/)\ \d+.{0,20}|(?:page|p[aá]gina)\ \d+|\d+\ (?:of|de|/)\ \d+(?:\ pages?)?
    |(?:first|last|next|previous|prev|newer|older|siguientes?|anterior(?:es)?|pr[oó]ximo|primera?|[uú]ltima?
    |inicio|fin|start|end|suivant|pr[eé]c[eé]dent)(?:\ (?:page|posts?|entries|articles?|story|release|p[aá]gina
    |entradas?|art[ií]culos?|noticias?))?(?:\ ?[»›>→:⇒]\ ?.{0,120})?
    |(?:\d{1,3}\s+){2,}\d{0,3}(?:\s*(?:…|\.\.\.)\s*\d+)?(?:\s*(?:next|siguiente|last|»|›).{0,10})?|[«‹]\s*\d.*
    |(?:hits|views|visto|visitas|le[ií]do|reads|impresiones)\ ?:?\ ?[\d.,]+(?:\ (?:times|veces))?|(?:visto
    |le[ií]do|read|viewed)\ [\d.,]+\ (?:veces|times)
    |(?:written|posted|escrito|publicado|by|por|autor|author)\ (?:by\ |por\ )?(?:super\ user|admin(?:istrator
    |istrador)?|webmaster|staff|editor)
    |(?:valora|rate)\ (?:este|this)\ .{0,40}|\(\d+\ (?:votos?|votes?)\)|(?:print|imprimir|e-?mail|correo)\ (?:this
    |esta?)\ .{0,20}|tama[nñ]o\ de\ la\ fuente.{0,60}|font\ size.{0,60}
    |(?:we\ use|this\ (?:web)?site\ uses|utilizamos|usamos|este\ sitio(?:\ web)?\ (?:usa
    |utiliza))\ (?:.{0,20}\ )?cookies.*|(?:accept|aceptar)(?:\ (?:all|todas?))?(?:\ (?:the\ |las\ )?cookies)?
    |(?:reject|rechazar).{0,20}|(?:cookie|privacy)\ (?:policy|settings|preferences)|pol[ií]tica\ de\ (?:cookies
    |privacidad)
    |(?:all\ rights\ reserved|todos\ los\ derechos\ reservados).{0,80}|(?:©|\(c\)|copyright).{0,120}
    |powered\ by.{0,60}|designed\ by.{0,60}|proudly\ powered.{0,60}
    |(?:subscribe|sign\ up|suscr[ií]bete|suscribirse|reg[ií]strate)\b.{0,100}|(?:follow|s[ií]gue(?:nos)?
    |siga)\ (?:us|@|nos|en|on).{0,80}|join\ our\ mailing\ list.{0,60}
    |(?:fill\ in\ your\ details|you\ are\ commenting\ using|connecting\ to|notify\ me\ of).{0,120}|(?:twitter
    |facebook|google\+?|wordpress(?:\.com)?)\ (?:picture|photo|logo)|log\ out.{0,30}|%d\ bloggers?\ like\ this:?
    |(?:next|previous)\ (?:post|article|story)s?.{0,120}|(?:post|entry)\ navigation|navegaci[oó]n\ de\ entradas
    |this\ entry\ was\ posted\ .{0,120}|(?:bookmark\ the|permalink).{0,40}|(?:enlace\ permanente).{0,40}|edit
    |editar|trackbacks?.{0,40}
    |advertisement|publicidad|anuncio|(?:image|photo|foto|imagen)(?:\ credit|s)?|loading…?|cargando…?
    |toggle\ navigation|close|cerrar|translate(?:\ this\ page)?|traducir|select\ language|seleccionar\ idioma
    |language|idioma
    |(?:department|departamento|release\ (?:number|no\.?|id)|n[uú]mero\ de\ comunicado|news\ type|section|secci[oó]n
    |hits)\ ?:\ .{1,60}
    |(?:site\ map|accessibility|mapa\ del\ sitio|accesibilidad|terms\ of\ (?:use|service)|aviso\ legal|privacy)
    |text\ size.{0,20}|(?:select\ language|translate)\b.{0,40}|(?:website|site|creado|hecho|built)\ (?:by|with|con
    |por)\ .{1,40}
    |(?:please\ )?consider\ the\ environment.{0,60}|(?:if\ you\ (?:no\ longer|would\ rather)|to)\ unsubscribe\b.{0,120}
    |(?:unsubscribe|update\ your\ preferences|forward\ to\ a\ friend|view\ (?:it\ |this\ .{0,16}\ )?in\ your\ browser
    |darse\ de\ baja
    |cancelar\ (?:la\ )?suscripci[oó]n)(?:\s*[|·•-]\s*.{1,60})?
    |.{0,40}\bhaving\ trouble\ (?:reading|viewing)\b.{0,60}|(?:this\ page\ )?(?:was\ )?last\ (?:updated|modified
    |reviewed)\b.{0,24}\d.{0,160}
    |.{0,60}\bbest\ viewed\ (?:with|in)\b.{0,60}|.{0,20}\bvisitor\ number\b.{0,20}|get\ (?:adobe|acrobat)\b.{0,20}
    |(?:page|p[aá]gina|p[aá]g\.?)\ \d{1,3}(?:\ (?:of|de)\ \d{1,3})?|[-–—]?\ ?\d{1,3}\ ?[-–—]?
    |.{3,60}\s(?:page|p[aá]gina|p[aá]g\.?)\ \d{1,3}\ (?:of|de|/)\ \d{1,3}
    |(?:posted|published|publicado)\ (?:by|por)\ [\w\ ]{3,30}\|.{0,60}|(?:s[ií]guenos|follow|like\ us|find\ us)\b.{0,60}
    |.{0,30}\bwill\ not\ be\ published\b.{0,80}|.{0,20}\bno\ ser[aá]\ publicad[oa]\b.{0,80}
    |(?:remember\ me|forgot\ .{0,30}|recordarme|¿?(?:recordar|olvid[oó]).{0,30}\?)
    |(?:[«‹<]\s*)?[^\W\d]{3,10}\.?\ (?:de\ )?(?:19|20)\d\d(?:\s*[|·•/]\s*[^\W\d]{3,10}\.?\ (?:de\ )?(?:19|20)\d\d)+
    |(?:showing|viewing|displaying|mostrando)\ \d+\s?(?:[-–—]|to|a)\s?\d+\ (?:of|de)\ \d+.{0,60}
    |(?:jump\ to|filter\ by|ir\ a|filtrar\ por)\ ?:.{0,80}|top\ of\ page|(?:counter|contador)\ ?:\ ?[\d.,]+|webmaster\b.{0,60}
    |tweet\ this|enviar\ a\ un\ amigo|(?:send|e-?mail)\ (?:this\ )?to\ a\ friend|stay\ in\ touch
    |enter\ your\ e-?mail.{0,30}|(?:<<|<|«|‹)\s*(?:older|newer|prev(?:ious)?|anterior(?:es)?)\b.{0,80}
    |(?:estimated\ )?reading\ time.{0,30}|\d+\ min(?:ute)?s?\ (?:read|de\ lectura)|tiempo\ de\ lectura.{0,30}|listen|escuchar
    )[\s»›←→|•·*\-–—]*$""",
    re.IGNORECASE | re.VERBOSE,
)

SECTION = re.compile(
    r"^(?:related\b.{0,40}|other (?:news|stories|releases)\b.{0,40}|otr[oa]s (?:noticias|comunicados)\b.{0,40}"
    r"|you (?:may|might) also .{0,30}|more (?:news|stories|press releases|from .{1,40})"
    r"|latest (?:news|posts|press releases)|recent (?:posts|news|comments|press releases)|read next"
    r"|in this section|also from .{3,30}|explore|stay connected|(?:most|m[aá]s) (?:read|popular|le[ií]d[oa]s?|vistos?)"
    r"|(?:lo|las|los) m[aá]s (?:le[ií]d[oa]s?|vist[oa]s?)|(?:login|user login|acceso|formulario de acceso).{0,10}"
    r"|in the news|consumer alerts|upcoming events|pr[oó]ximos eventos|contact us|cont[aá]ctenos"
    r"|you are receiving this.{0,40}"
    r"|(?:noticias|art[ií]culos|entradas|contenidos?|comunicados?|notas)\s+(?:relacionad[oa]s|recientes"
    r"|similares|anteriores)|tambi[eé]n te puede interesar|m[aá]s noticias|[uú]ltimas noticias"
    r"|te puede interesar.{0,30}"
    r"|comments?|comentarios|leave a (?:reply|comment)|deja (?:un|una) (?:comentario|respuesta)|archives?"
    r"|archivos?|categories|categor[ií]as|tag cloud|follow us|s[ií]guenos|share this|post navigation"
    r"|\d+ (?:comments?|comentarios?|responses?|thoughts? on .{1,200})"
    r"|no comments yet|connect with us|quick links|enlaces r[aá]pidos|sign up for .{1,40}|subscribe.{0,40}"
    r"|newsletter|blogroll|meta|support our work|other languages|site map|mapa del sitio)\s*:?$",
    re.IGNORECASE,
)
"""A heading behind which nothing belongs to the release any more."""

_CHROME = re.compile(
    r"^(?:for the press|para la prensa|news|noticias|press(?: room| center| releases?)?|sala de prensa|prensa"
    r"|media(?: center| room)?"
    r"|comunicados(?: de prensa)?|news (?:&|and) (?:events|updates)|latest news|news releases?|newsroom|blog"
    r"|actualidad"
    r"|notas de prensa|press archive|archive|news archive|press statements|print(?:er)?[- ]friendly.{0,20}"
    r"|en español|english|español|es|en|en \| es|es \| en|english \| español|español \| english)(?:\s+(?:19"
    r"|20)\d\d)?\s*:?$",
    re.IGNORECASE,
)
_CRUMBS = re.compile(
    r"^[^.!?]{1,60}(?:\s*[»›>]\s*[^.!?»›>]{1,80}){1,6}$|^(?:home|inicio|you are here:?|est[aá]s aqu[ií]:?)\s*[/|»›>:].*$",
    re.IGNORECASE,
)
_NAV_WORDS = re.compile(
    r"\b(?:home|about|contact|news|press|blog|donate|login|events|programs|resources|get involved|inicio"
    r"|nosotros|contacto|noticias|prensa|eventos|programas|recursos|donar|quienes somos)\b",
    re.I,
)


_ARCHIVE = re.compile(
    r"(?:(?:19|20)\d\d\s+)?"
    r"(?:(?:news|press|media|releases?|archives?|press releases?|news releases?|bolet[ií]n(?:es)?|comunicados?|notas?"
    r"|noticias|archivo|sala"
    r"|communiqu[eé]s|centro|room|center|statements)(?:\s+(?:de|del|a|of|to|the|for|la|from)\b)*\s*){1,5}(?:prensa"
    r"|presse|imprensa|medios)?"
    r"\s*[:|,–—-]?\s*(?:(?:for|from|of|de|del)\s+)?(?:[^\W\d]{3,10}\.?,?\s*(?:de\s+)?)?(?:(?:19|20)\d\d)?",
    re.IGNORECASE,
)
"""The title of a list: "News Archive: March 2011", "Boletines de prensa 2014"."""


def is_furniture(line: str) -> bool:
    """The line is the page's and not the release's."""
    bare = line.strip()
    if not bare or PUBLISHED_IN.match(bare) or _WHOLE.match(bare) or _CRUMBS.match(bare):
        return True
    if re.search(r"\s[|•·]\s", bare) and len(bare) < 160 and len(_NAV_WORDS.findall(bare)) >= 3:
        return True
    words = bare.split()
    menu = len(_NAV_WORDS.findall(bare)) if len(words) <= 12 and bare[-1] not in ".!?" else 0
    if menu >= 4 and 2 * menu >= len(words) and all(word[0].isupper() for word in words):
        return True
    parts = re.split(r"\s+[|·•]\s+", bare)
    return bool(PLACEHOLDER.fullmatch(bare)) or (len(parts) > 1 and all(map(_WHOLE.match, parts)))


def is_chrome(line: str) -> bool:
    """The line names the part of a site that it stands in ("Press releases"); before a headline it is furniture."""
    bare = line.strip()
    return bool(_CHROME.match(bare)) or (len(bare.split()) <= 7 and bool(_ARCHIVE.fullmatch(bare))) or is_furniture(line)
