"""The words by which a text says who speaks: verbs, roles, forms of address. Word lists only, by language."""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


SAYING: dict[str, str] = {
    "en": """
        said says say added adds add stated states explained explains noted notes continued continues concluded
        concludes remarked remarks commented comments told wrote writes declared declares announced announces warned
        warns argued argues emphasized emphasizes emphasised stressed stresses observed observes recalled recalls
        insisted insists replied replies responded responds asked asks shared shares acknowledged acknowledges
        testified testifies reported reports reflected agreed agrees admitted admits cautioned cautions claimed claims
        asserted asserts affirmed affirms joked exclaimed vowed pledged promised quipped reiterated reiterates tweeted
        posted urged urges demanded demands thinks believes believed countered lamented praised applauded underscored
        underlined summarized summarised offered recounted confirmed confirms maintained maintains predicted mused
        stating saying adding noting explaining commenting pointed points
    """,
    "es": """
        dijo dice dijeron dicho afirmó afirma afirmaron afirmado señaló señala señalaron señalado explicó explica
        explicaron explicado añadió añade añadieron añadido agregó agrega agregaron agregado indicó indica indicaron
        indicado declaró declara declararon declarado manifestó manifiesta manifestaron manifestado expresó expresa
        expresaron expresado comentó comenta comentaron comentado aseguró asegura aseguraron asegurado sostuvo
        sostiene sostuvieron subrayó subraya subrayaron subrayado destacó destaca destacaron destacado enfatizó
        enfatiza recalcó recalca recalcado recordó recuerda recordado advirtió advierte advirtieron advertido concluyó
        concluye concluyeron concluido apuntó apunta apuntado puntualizó puntualiza precisó precisa denunció denuncia
        denunciaron denunciado criticó critica lamentó lamenta lamentado celebró celebra reiteró reitera reiterado
        insistió insiste insistido respondió responde preguntó pregunta contó cuenta relató relata exclamó consideró
        considera argumentó argumenta alertó alerta anunció anuncia informó informa expuso expone matizó matiza aclaró
        aclara detalló detalla resaltó resalta remarcó remarca mencionó menciona opinó opina prosiguió prosigue
        continuó continúa valoró valora escribió escribe confirmó confirma agradeció agradece admitió admite reconoció
        reconoce diciendo afirmando señalando añadiendo agregando explicando
    """,
    "fr": """
        dit déclaré déclare expliqué explique affirmé affirme souligné souligne ajouté ajoute indiqué indique précisé
        précise estimé estime rappelé rappelle commenté commente confié confie poursuit poursuivi conclut conclu
        dénonce dénoncé insiste insisté regrette témoigne assure assuré
    """,
    "pt": """
        disse diz disseram afirmou afirma afirmaram declarou declara explicou explica acrescentou acrescenta destacou
        destaca ressaltou ressalta comentou comenta contou conta apontou aponta informou informa concluiu conclui
        lembrou lembra reforçou reforça avaliou avalia alertou
    """,
}

ACCORDING = (
    r"according to|per|as|in the words of|según|de acuerdo con|en palabras de|a juicio de|en opinión de|para|selon|d['’]après"
    r"|pour|segundo|de acordo com|conforme"
)

INTRODUCING = (
    r"made the following (?:remarks?|statement|comments?)"
    r"|(?:issued|released) (?:the following|this|a) (?:joint )?(?:statement|remarks?|comment)s?"
    r"|had (?:this|the following) to say|(?:offered|gave) the following \w+"
    r"|(?:hizo|hicieron) (?:las siguientes|la siguiente|esta|estas) declaraci(?:ones|ón)"
    r"|(?:emitió|emitieron|dio a conocer|difundió|publicó) (?:la siguiente|el siguiente|esta|este|una|un) "
    r"(?:declaración|comunicado|mensaje)|(?:declaró|expresó|manifestó|dijo) lo siguiente"
    r"|a fait la déclaration suivante|fez a seguinte declaração|divulgou a seguinte nota"
)

PRONOUNS = _set(
    """
    he she they it i we él ella ellos ellas usted il elle ils elles ele ela eles elas
    """
)

ARTICLES = _set(
    """
    the a an la el los las un una le les une l’ o os um uma our their its su sus this that
    """
)

ROLES = _set(
    """
    director directora executive president presidente presidenta attorney lawyer counsel co-counsel abogado abogada
    mayor alcalde alcaldesa spokesperson spokeswoman spokesman portavoz vocero vocera secretary secretario secretaria
    professor profesor profesora professeur professeure nurse enfermero enfermera teacher maestro maestra docente
    chief jefe jefa ceo cfo coo founder fundador fundadora co-founder cofounder cofundador cofundadora coordinator
    coordinador coordinadora organizer organizador organizadora manager gerente member miembro councilmember councilor
    councillor councilman councilwoman concejal concejala senator senador senadora representative representante
    congresswoman congressman congresista diputado diputada assemblymember assemblywoman assemblyman governor
    gobernador gobernadora judge juez jueza dean decano decana rector rectora chancellor provost superintendent
    superintendente commissioner comisionado comisionada officer oficial analyst analista researcher investigador
    investigadora scientist científico científica author autor autora chair chairman chairwoman chairperson worker
    trabajador trabajadora resident residente vecino vecina leader líder student estudiante minister ministro ministra
    ambassador embajador embajadora sheriff captain sergeant lieutenant detective prosecutor fiscal defender defensor
    defensora fellow associate partner deputy adviser advisor asesor asesora specialist especialista expert experto
    experta epidemiologist epidemióloga epidemiólogo physician médico médica surgeon cirujano cirujana pastor bishop
    obispo rabbi imam activist activista plaintiff demandante client delegate delegado delegada supervisor supervisora
    administrator administrador administradora head responsable owner dueño dueña farmer curator curador curadora
    librarian bibliotecario bibliotecaria engineer ingeniero ingeniera architect arquitecto arquitecta economist
    economista trustee treasurer tesorero tesorera driver mother father madre padre tenant inquilino inquilina parent
    editor editora planner subdirector subdirectora vicepresidente vicepresidenta vice-president principal
    pediatrician pediatra psychologist psicólogo psicóloga hygienist comadrona midwife steward strategist technician
    técnico técnica biologist bióloga biólogo hydrologist historian historiadora historiador directeur directrice
    présidente maire coordenador coordenadora diretor diretora prefeito prefeita secretário secretária pesquisador
    pesquisadora ombudsman contralor contralora rectoría lead paralegal cook cocinero cocinera janitor conductor
    conductora interim clerk aide consultant reporter consejero consejera comisario comisaria
    """
)

HONORIFICS = _set(
    """
    doctor doctora
    dr dra dr. dra. mr mr. mrs mrs. ms ms. mx mx. prof prof. profa. sen sen. rep rep. gov gov. rev rev. hon hon. sr
    sr. sra sra. srta srta. lic lic. ing ing. arq arq. don doña mtro. mtra. fr. sgt. lt. capt. col. gen. sister
    brother hermana hermano mme mme. m. reverend professor judge mayor
    """
)

PARTICLES = _set(
    """
    de la las los del da das do dos di du des van von der den y e el al bin ibn st. le san santa
    """
)

BODIES = _set(
    """
    department center centre university college network coalition union committee commission city county hospital
    agency association alliance foundation institute project campaign council board office clinic school group society
    federation initiative fund league organization organisation company corporation inc llp llc inc. bureau authority
    district court service services red centro universidad asociación comité alianza coalición clínica departamento
    ministerio instituto sindicato fundación consejo organización movimiento liga unión ayuntamiento secretaría
    agencia oficina federación colegio defensoría gobierno campaña proyecto servicio servicios cooperativa grupo
    escuela facultad
    """
)

LEADING = _set(
    """
    in on at after before following during with while when as since because if although despite for from by en tras
    durante después antes ante con cuando mientras desde al a por sin frente read dans après lors em após
    """
)

DAYS = _set(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december lunes martes miércoles jueves viernes sábado domingo on in at the today hoy en
    when after before following response respuesta read
    """
)
