"""The one table of what a refusal means, for SMTP replies and DSNs. `classify` reads it; `retry` says what follows.

It is read from the top and the first row that fits decides, so whatever casts doubt on us stands above whatever is
said of a mailbox: codes lie (RFC 3463 is followed loosely), and a doubtful reply must never suppress a person. HARD needs a
code or unmistakable words about the mailbox, and a phase in which a recipient had been named.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Class(StrEnum):
    """See docs/adr/0064."""

    ACCEPTED = "accepted"
    HARD = "hard"  # the mailbox is not there: suppress
    SOFT = "soft"  # later
    BLOCK = "block"  # they doubt us, or find us too fast: slow the lane, never suppress
    POLICY = "policy"  # our own set-up is wrong: halt
    CONTENT = "content"  # this copy is not wanted; the contact stays
    ENCODING = "encoding"  # needs SMTPUTF8
    REFUSED = "refused"  # refused for a reason that says nothing of the mailbox
    SILENT = "silent"  # nothing was said that can be understood


class Rule(NamedTuple):
    """`code`: of RFC 5321, "." for any digit. `enhanced`: of RFC 3463, "x" for any number, "-" for none given, "" for whatever.
    `text`: a regular expression searched in the folded text. `why` is for the reader."""

    code: str
    enhanced: str
    phases: frozenset[str]
    text: str
    means: Class
    why: str


SMTP = frozenset({"connect", "mail", "rcpt", "data", "dot"})
ANY = SMTP | {"dsn"}
US = frozenset({"connect", "mail"})
"""Nobody has been named yet: whatever is said here is about us."""
THEM = ANY - US
RCPT = frozenset({"rcpt"})
READ = frozenset({"dot", "dsn"})
"""The content was seen."""
CONNECT = frozenset({"connect"})
MAIL = frozenset({"mail"})

_REPUTATION = (
    r"reputation|spamhaus|spamcop|barracudacentral|\bsorbs\b|uceprotect|\bpsbl\b|abuseat|\b(dns|r)bl\b|dnsbl|ipcheck"
    r"|(block|black|deny|bad)[ -]?list|blocked using|blocked - see|\blisted (at|by|on)\b|ban+ed (sending|ip)|\bpoor\b"
    r"|\b(ip|client|host|server|network|sender)\b.{0,60}\b(blocked|banned|listed)\b|client host rejected|unusual rate"
    r"|\[(tss|bl|ts)\d+\]|\(s31[45]0\)|\bs31[45]0\b|intrusion prevention"
)
_PACE = (
    r"rate[ -]?limit|too (many|much) (\w+ ){0,2}(connections?|sessions|messages|mails?|emails?|traffic|errors|requests)"
    r"|(maximum|max) number of (\w+ ){0,2}(connections|messages)|exceeded.{0,30}\bconnections|sending (quota|limit)"
    r"|daily.{0,20}(quota|limit)|too fast|throttl|trop de connexions|server busy"
)
_FULL = (
    r"(mailbox|inbox|account|user).{0,25}\bfull\b|over ?quota|quota (is )?exceeded|exceeded.{0,25}(quota|storage)"
    r"|out of (storage|space)|insufficient.{0,12}(storage|space)|too many messages (in|on)|buz[oó]n.{0,12}llen|cuota"
)
_GREY = r"gr[ae]y.?list|internal resources are temporarily unavailable|postgrey"
_SENDER = (
    r"sender.{0,3}(address )?(rejected|denied|verif|refused|blocked|not accepted)|blocked sender"
    r"|verification failed for|call-?out"
)
_RELAYING = (
    r"relay(ing)? (access )?(denied|prohibited|(is )?not (allowed|permitted))|(unable|not permitted|not allowed) to relay"
    r"|rcpthosts|authenticat\w+ (is )?required|requires? authentication|not authenticated|must (first )?authenticate"
    r"|starttls (command )?first|(helo|ehlo) command rejected"
)
_UNSIGNED = (
    r"\bdmarc\b|unauthenticated e?-?mail|\b(spf|dkim)\b.{0,50}(fail|invalid|missing|not? pass|n.t pass|none|required)"
    r"|(fail\w*|no valid|missing).{0,20}\b(spf|dkim)\b"
)
_DISLIKED = (
    r"spam|unsolicited|virus|malware|phish|infected|attachment|content|objectionable|polic(y|ies)|\[(cs|hm)\d+\]|signature"
    r"|message.{0,20}(rejected|blocked|not accepted|looks)"
)
_GONE = (
    r"unknown (user|recipient|mailbox|address)|(user|recipient|mailbox|account)( is)? unknown"
    r"|no such (user|mailbox|recipient|address|account|person)|no (mailbox|account)( here)? by that name"
    r"|(user|mailbox|recipient|account|address)\b.{0,60}(does not|doesn.?t|did not) exist|(user|mailbox|recipient) not found"
    r"|invalid (recipient|mailbox)|not a (valid|known) (user|mailbox|recipient)|unresolvable address"
    r"|doesn.?t have a \S+ account|(mailbox|account|user)( is| has been)? (disabled|deleted|closed|terminated|deactivated)"
    r"|mailbox unavailable \(s2017062302\)"  # Outlook.com's own number for a mailbox that is not there
)
_DOUBT = (
    r"block|bann|denied|deny|spam|abus|polic|spoof|virus|malware|reputation|sender|\bfrom\b|\bspf\b|dkim|dmarc|\btls\b|encrypt"
    r"|relay(ing)? (access|denied|not|is)|to relay|helo|authenti|authori|permi(t|ss)|allowed|prohibit"
    r"|restrict|securit|client|\bip\b|\brdns\b|\bptr\b|reverse"
    r"|temporar|later|try again|too (many|fast|quick|large|big)|rate\b|listed (at|by|on)|greylist|verif|size"
)
"""Words that make a refusal be about something else than whether there is such a mailbox."""
_NEVER_HARD = f"{_REPUTATION}|{_PACE}|{_FULL}|{_SENDER}|{_DOUBT}"
_OTHER = (
    r"\bhost\b|domain|service|busy|internal|error|connect|exceed|\bmax|per (minute|hour|day)|require|resolve|\bdns\b"
    r"|not accept|unacceptable|go away|call-?back|unavailable (now|at)|problem"
)
"""The same, where no code says that it is the mailbox."""
_MAILBOX_CODES = "5.1.(1|2|3|6|10)|5.2.1"
_MEMBERS = r"(not|n.t) (have permission|(authori[sz]|permitt|allow)ed) to (send|post)|only accept|restricted"
_TOO_BIG = r"(message|mail|size).{0,30}(too (large|big|long)|exceed|larger than)|size (limit|violation)"

A, R = Class, Rule
TABLE: tuple[Rule, ...] = (
    # --- what the letter needs of a server
    R("...", "x.6.7", ANY, "", A.ENCODING, "RFC 6531: the address needs SMTPUTF8"),
    R("5..", "", ANY, r"smtputf8|internationali[sz]ed (address|e?-?mail)", A.ENCODING, "the same without its code"),
    # --- our own set-up
    R("53[0458]", "", SMTP, "", A.POLICY, "RFC 4954: log in, or encrypt, first; no retry makes that right"),
    R("5..", "5.7.(2[0-7]|29|30|32|509|515)", ANY, "", A.POLICY, "RFC 7372, Gmail, Microsoft: SPF, DKIM, DMARC, PTR or TLS"),
    R("421", "4.7.(2[0-7]|29|30|32)", ANY, "", A.POLICY, "Gmail slows what is not authenticated before it refuses it"),
    R("5..", "5.7.(54|57|64)", SMTP, "", A.POLICY, "Exchange: our relay does not take us for one of its own"),
    R("5..", "-|5.[57].x", ANY, _UNSIGNED, A.POLICY, "authentication of mail, under a general code"),
    R("5..", "", SMTP, _RELAYING, A.POLICY, "our relay does not relay for us; in a DSN it would be their server's fault"),
    R("5..", "5.1.[78]", ANY, "", A.POLICY, "RFC 3463: our sender's address is wrong; Postfix says so as late as RCPT"),
    R("5..", "5.1.x", MAIL, "", A.POLICY, "an address is bad at MAIL: it can only be ours"),
    R("5..", "", ANY, r"sender address rejected: (user|domain|need)|sender domain (must|does)", A.POLICY, "ours, in words"),
    # --- the mailbox is there, and cannot take more
    R("5..", "5.2.2", THEM, "", A.SOFT, "over quota: permanent by its number, and gone when they tidy up"),
    R("4..", "4.2.x|4.5.3", ANY, "", A.SOFT, "this mailbox, or this many at once: no reason to slow the domain"),
    R("5..", "5.4.5", SMTP, "", A.BLOCK, "a relay's own daily limit (Gmail's: daily sending quota)"),
    R("5..", "", THEM, rf"^(?!.*({_PACE})).*({_FULL})", A.SOFT, "full, under whatever code"),
    R("5..", "5.2.1", THEM, r"\brate\b|too (quickly|fast)", A.SOFT, "Gmail: gets mail at too high a rate; others say disabled"),
    # --- they doubt us, or find us too fast
    R("4..", "", ANY, _GREY, A.SOFT, "greylisting asks everybody to come again; slowing down does not help"),
    R("5..", "", ANY, r"\b(url|uri|link)s?\b.{0,60}(list|block|surbl|dbl)", A.CONTENT, "a link is on a list, not we"),
    R("[45]..", "", ANY, _REPUTATION, A.BLOCK, "a list or a reputation, even under 5.1.1"),
    R("4..", "", ANY, _PACE, A.BLOCK, "too fast, under whatever code"),
    R("5..", "-|5.7.x|5.[345].x", ANY, _PACE, A.BLOCK, "too fast, and no more patience"),
    R("5..", "", ANY, _SENDER, A.BLOCK, "they refuse our sender, or cannot verify it; never the recipient's fault"),
    R("421", "4.7.x", ANY, "", A.BLOCK, "Gmail, Yahoo: slow down"),
    R("454", "4.7.0", ANY, "", A.SOFT, "RFC 4954, 3207: authentication or TLS is out of order for the moment"),
    R("45.", "4.7.([01]|2[0-7])", ANY, "", A.SOFT, "greylisting, an Exchange that is busy inside, a DNS that did not answer"),
    R("4..", "4.7.x", ANY, "", A.BLOCK, "Microsoft's 4.7.5xx and 4.7.65x: throttled"),
    R("5..", "5.7.(28|50[1-8]|51[0-4]|60[6-9]|6[1-4].|7..)", ANY, "", A.BLOCK, "Gmail, Microsoft: banned address or rate"),
    # --- this copy
    R("5..", "5.3.4|5.2.3|5.6.x", ANY, "", A.CONTENT, "RFC 3463: too big, or not to be converted"),
    R("5..", "-|5.[57].x|5.3.0", ANY, _TOO_BIG, A.CONTENT, "too big, under another code"),
    R("541", "", ANY, "", A.CONTENT, "in no RFC; used by spam filters"),
    R("552", "5.7.0", READ, "", A.CONTENT, "Gmail: the content may be dangerous"),
    R("5..", "5.7.9", READ, "", A.CONTENT, "Yahoo: policy reasons, most often the content"),
    # --- the mailbox
    R("5..", _MAILBOX_CODES, THEM, _NEVER_HARD, A.REFUSED, "the code says mailbox, the words say something else: doubtful"),
    R("5..", _MAILBOX_CODES, THEM, "", A.HARD, "no such mailbox or domain, moved, or disabled"),
    R("5..", "", THEM, rf"^(?!.*({_NEVER_HARD})).*({_GONE})", A.HARD, "unmistakable words, whatever the code"),
    # --- 5.7.1 and its like: for content, for the list's members only, or for reputation
    R("5..", "5.7.1[23].", THEM, "", A.REFUSED, "Microsoft: this list or person takes mail from some senders only"),
    R("5..", "-|5.7.x", THEM, _MEMBERS, A.REFUSED, "the same in words"),
    R("5..", "-|5.7.x", READ, _DISLIKED, A.CONTENT, "after the content was read, and for its sake"),
    R("5..", "5.7.x", ANY, "", A.BLOCK, "not authorised: us"),
    # --- no code, few words
    R("550", "-", RCPT, r"\bblock|bann|spam|abus", A.BLOCK, "nothing was read yet, so it is about us"),
    R("550", "-", RCPT, f"{_NEVER_HARD}|{_OTHER}", A.REFUSED, "it gives a reason, and that is not the mailbox"),
    R("550", "-", RCPT, "", A.HARD, "RFC 5321 4.2.2: no such mailbox, where nothing else is said"),
    R("552", "-", THEM, "", A.SOFT, "RFC 5321 4.2.2: exceeded storage allocation"),
    # --- the conversation
    R("503", "", ANY, "", A.SOFT, "bad sequence: out of step on this connection, another one may be in step"),
    R("5..", "", CONNECT, "", A.BLOCK, "they do not want to talk to us"),
    R("55[034]", "-", MAIL, "", A.BLOCK, "they do not want mail from us"),
    R("4..", "", ANY, "", A.SOFT, "RFC 5321 4.2.1: come again; also a 421 that gives no reason"),
    R("5..", "", ANY, "", A.REFUSED, "RFC 5321 4.2.1: do not come again; nothing is said against the mailbox"),
)  # fmt: skip
