"""What large providers and common servers really say, and what we make of it. Texts are shortened, hosts and people are
examples. A row that reads HARD suppresses a person, so each of those is about a mailbox and nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from distro.dispatch.classify import Class, classify, enhanced_in, of_dsn
from distro.dispatch.refusals import TABLE

H, S, B, P = Class.HARD, Class.SOFT, Class.BLOCK, Class.POLICY
C, E, R, Q, OK = Class.CONTENT, Class.ENCODING, Class.REFUSED, Class.SILENT, Class.ACCEPTED

SAID = [
    # provider, phase, text, class
    ("gmail", "rcpt", "550-5.1.1 The email account that you tried to reach does not exist. Please try\n"
     "550-5.1.1 double-checking the recipient's address for typos.\n550 5.1.1  For more, go to NoSuchUser - gsmtp", H),
    ("gmail", "rcpt", "550-The email account that you tried to reach does not exist.\n550 5.1.1 NoSuchUser - gsmtp", H),
    ("gmail", "rcpt", "550 5.2.1 The email account that you tried to reach is disabled. DisabledUser - gsmtp", H),
    ("gmail", "rcpt", "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents more", S),
    ("gmail", "rcpt", "450 4.2.1 The user you are trying to contact is receiving mail too quickly", S),
    ("gmail", "rcpt", "452 4.2.2 The recipient's inbox is out of storage space. OverQuotaTemp - gsmtp", S),
    ("gmail", "rcpt", "552 5.2.2 The recipient's inbox is out of storage space and inactive. OverQuotaPerm", S),
    ("gmail", "rcpt", "552-5.2.2 The email account that you tried to reach is over quota.\n552 5.2.2 OverQuotaPerm", S),
    ("gmail", "connect", "421-4.7.0 Try again later, closing connection.", B),
    ("gmail", "dot", "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail\n421 4.7.28 from your IP", B),
    ("gmail", "dot", "550-5.7.28 There is an unusual rate of unsolicited mail originating from your IP\n550 5.7.28 x", B),
    ("gmail", "dot", "550-5.7.26 This mail has been blocked because the sender is unauthenticated.\n550 5.7.26 SPF", P),
    ("gmail", "dot", "550 5.7.25 The IP address sending this message does not have a PTR record", P),
    ("gmail", "dot", "550 5.7.27 SPF did not pass for the sending domain", P),
    ("gmail", "dot", "550 5.7.30 DKIM authentication did not pass", P),
    ("gmail", "dot", "421 4.7.26 This mail has been rate limited because it is unauthenticated", P),
    ("gmail", "dot", "421-4.7.27 Your email has been rate limited because SPF did not pass", P),
    ("gmail", "dot", "550-5.7.1 [192.0.2.1 12] Our system has detected that this message is\n"
     "550-5.7.1 likely unsolicited mail. To reduce the amount of spam sent to Gmail, this\n"
     "550 5.7.1 message has been blocked. UnsolicitedMessageError - gsmtp", C),
    ("gmail", "dot", "550-5.7.1 [192.0.2.1 19] Our system has detected that this message is likely\n"
     "550-5.7.1 suspicious due to the very low\n550 5.7.1 reputation of the sending domain. - gsmtp", B),
    ("gmail", "dot", "552-5.7.0 This message was blocked because its content presents a potential\n552 5.7.0 issue", C),
    ("gmail", "dot", "550-5.7.1 Unauthenticated email from example.org is not accepted due to\n"
     "550 5.7.1 domain's DMARC policy.", P),
    ("gmail", "dot", "552 5.3.4 Your message exceeded Google's message size limits.", C),
    ("gmail", "mail", "550 5.4.5 Daily user sending limit exceeded.", B),
    ("gmail", "rcpt", "452 4.5.3 Your message has too many recipients.", S),
    ("gmail", "dot", "451 4.3.0 Mail server temporarily rejected message.", S),
    ("outlook.com", "mail", "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet "
     "service provider since part of their network is on our block list (S3140).", B),
    ("outlook.com", "mail", "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. (S3150).", B),
    ("outlook.com", "rcpt", "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).", H),
    ("outlook.com", "rcpt", "550 5.5.0 Requested action not taken: mailbox unavailable.", R),
    ("outlook.com", "connect", "421 RP-001 (BAY) Unfortunately, some messages from 192.0.2.1 weren't sent. The mail server "
     "IP connecting has exceeded the rate limit allowed.", B),
    ("outlook.com", "rcpt", "552 5.2.2 Message would exceed mailbox quota", S),
    ("microsoft 365", "rcpt", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", R),
    ("microsoft 365", "rcpt", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", H),
    ("microsoft 365", "connect", "550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP.", B),
    ("microsoft 365", "dot", "550 5.7.708 Access denied, traffic not accepted from this IP.", B),
    ("microsoft 365", "rcpt", "451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77719)", B),
    ("microsoft 365", "rcpt", "451 4.7.652 The mail server [192.0.2.1] has exceeded the maximum number of connections.", B),
    ("microsoft 365", "connect", "451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited.", B),
    ("microsoft 365", "dot", "550 5.7.515 Access denied, sending domain example.org does not meet the required level", P),
    ("microsoft 365", "dot", "550 5.7.509 Access denied, sending domain example.org does not pass DMARC verification", P),
    ("microsoft 365", "rcpt", "550 5.7.606 Access denied, banned sending IP [192.0.2.1]", B),
    ("microsoft 365", "rcpt", "550 5.7.649 Access denied.", B),
    ("microsoft 365", "rcpt", "550 5.7.511 Access denied, banned sender[192.0.2.1].", B),
    ("microsoft 365", "rcpt", "550 5.1.0 Sender denied as sender's email address is on SenderFilterConfig list", B),
    ("microsoft 365", "dot", "550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized", R),
    ("microsoft 365", "dot", "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup", R),
    ("exchange", "mail", "530 5.7.57 Client not authenticated to send mail.", P),
    ("exchange", "rcpt", "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", P),
    ("exchange", "dot", "451 4.7.0 Temporary server error. Please try again later. PRX4", S),
    ("exchange", "connect", "421 4.3.2 The maximum number of concurrent connections has exceeded a limit", B),
    ("exchange", "dot", "554 5.2.3 Message size exceeds fixed maximum size for this mailbox", C),
    ("yahoo", "connect", "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume", B),
    ("yahoo", "connect", "553 5.7.1 [BL21] Connections not accepted from servers on the Spamhaus SBL", B),
    ("yahoo", "dot", "554 5.7.9 Message not accepted for policy reasons.", C),
    ("yahoo", "dot", "554 Message not allowed - [PH01] Email not accepted for policy reasons.", C),
    ("yahoo", "dot", "554 delivery error: dd This user doesn't have a yahoo.com account (x@example.com) [0]", H),
    ("yahoo", "dot", "552 1 Requested mail action aborted, mailbox not found", H),
    ("yahoo", "rcpt", "451 4.3.2 Internal error reading data", S),
    ("icloud", "rcpt", "550 5.1.1 unresolvable address: <x@example.com>", H),
    ("icloud", "rcpt", "550 5.1.1 <x@example.com>: user lookup success but no user record found", H),
    ("icloud", "dot", "450 4.5.1 Message deferred, please retry", S),
    ("icloud", "dot", "554 5.7.1 [CS01] Message rejected due to local policy.", C),
    ("icloud", "dot", "554 5.7.1 [HM07] Message rejected due to local policy.", C),
    ("icloud", "connect", "550 5.7.0 Blocked - see https://example.net/dnsbl-lookup.cgi?ip=192.0.2.1", B),
    ("icloud", "rcpt", "552 5.2.2 <x@example.com>: user is over quota", S),
    ("proofpoint", "connect", "554 Blocked - see https://ipcheck.example.net/?ip=192.0.2.1", B),
    ("proofpoint", "connect", "421 4.7.1 Connection refused. PDR reputation of 192.0.2.1", B),
    ("proofpoint", "dot", "554 5.7.1 Message rejected because of its spam content", C),
    ("proofpoint", "rcpt", "550 5.1.1 User Unknown", H),
    ("mimecast", "rcpt", "550 Rejected by header based Anti-Spoofing policy: bot@example.org", R),
    ("mimecast", "rcpt", "451 Internal resources are temporarily unavailable", S),
    ("mimecast", "connect", "550 Poor Reputation Sender. - https://community.example.net", B),
    ("mimecast", "rcpt", "550 Invalid Recipient", H),
    ("mimecast", "rcpt", "550 Administrative prohibition - envelope blocked", B),
    ("mimecast", "dot", "554 Email rejected due to security policies - Signature.A", C),
    ("barracuda", "connect", "554 Service unavailable; Client host [192.0.2.1] blocked using Barracuda Reputation", B),
    ("barracuda", "dot", "550 permanent failure for one or more recipients (x@example.com:blocked)", R),
    ("spamhaus", "rcpt", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", B),
    ("spamhaus", "rcpt", "550 5.1.1 <x@example.com> rejected, 192.0.2.1 blocked using zen.spamhaus.org", B),
    ("spamhaus", "rcpt", "550 192.0.2.1 is listed by a DNSBL", B),
    ("rspamd", "dot", "554 5.7.1 a link to example.com is on the URL block list", C),
    ("gmx", "rcpt", "550 Requested action not taken: mailbox unavailable", H),
    ("gmx", "rcpt", "550-Requested action not taken: mailbox unavailable\n550 Reject due to policy restrictions.", R),
    ("gmx", "connect", "554-Transaction failed\n554 IP address is block listed.", B),
    ("gmx", "dot", "554-Transaction failed\n554 Reject due to policy restrictions.", C),
    ("t-online", "connect", "554 IP=192.0.2.1 - A problem occurred. (Ask your postmaster for help.)", B),
    ("orange", "connect", "421 Trop de connexions, veuillez verifier votre configuration. OFR_104", B),
    ("postgrey", "rcpt", "450 4.7.1 <x@example.com>: Recipient address rejected: Greylisted, see postgrey", S),
    ("greylist", "rcpt", "451 4.7.1 Please try again later", S),
    ("greylist", "rcpt", "451 4.7.1 Greylisting in action, please come back in 5 minutes", S),
    ("greylist", "rcpt", "450 Graylisted: not on a white or black list yet", S),
    ("greylist", "rcpt", "421 4.7.0 Greylisted, come back", S),
    ("postfix", "rcpt", "450 4.1.1 <x@example.com>: Recipient address rejected: unverified address", S),
    ("postfix", "rcpt", "550 5.1.1 <x@example.com>: Recipient address rejected: User unknown in relay recipient table", H),
    ("postfix", "rcpt", "550 5.1.1 <x@example.com>: undeliverable address: host said: 550 access denied", R),
    ("postfix", "rcpt", "554 5.7.1 <x@example.com>: Relay access denied", P),
    ("postfix", "rcpt", "554 5.7.1 <192.0.2.1>: Client host rejected: Access denied", B),
    ("postfix", "rcpt", "550 5.7.1 Client host rejected: cannot find your hostname", B),
    ("postfix", "rcpt", "450 4.7.25 Client host rejected: cannot find your hostname", B),
    ("postfix", "rcpt", "550 5.1.8 <bot@example.org>: Sender address rejected: Domain not found", P),
    ("postfix", "rcpt", "450 4.1.8 <bot@example.org>: Sender address rejected: Domain not found", S),
    ("postfix", "rcpt", "554 5.7.1 <bot@example.org>: Sender address rejected: Access denied", B),
    ("postfix", "rcpt", "550 5.1.0 <bot@example.org>: Sender address rejected: User unknown in virtual mailbox table", P),
    ("postfix", "rcpt", "504 5.5.2 <desk>: Helo command rejected: need fully-qualified hostname", P),
    ("postfix", "mail", "530 5.7.0 Must issue a STARTTLS command first", P),
    ("postfix", "mail", "552 5.3.4 Message size exceeds fixed limit", C),
    ("postfix", "mail", "452 4.3.1 Insufficient system storage", S),
    ("postfix", "connect", "421 4.7.0 example.net Error: too many errors", B),
    ("postfix", "connect", "421 4.7.0 example.net Error: too many connections from 192.0.2.1", B),
    ("postfix", "mail", "450 4.7.1 Error: too much mail from 192.0.2.1", B),
    ("postfix", "dot", "451 4.3.0 Error: queue file write error", S),
    ("postfix", "data", "554 5.5.1 Error: no valid recipients", R),
    ("postfix", "mail", "555 5.5.4 Unsupported option: RET=HDRS", R),
    ("postfix", "mail", "553 5.6.7 Must declare SMTPUTF8 to permit unicode address", E),
    ("postfix", "rcpt", "550 5.6.7 SMTPUTF8 is needed, but not offered", E),
    ("relay", "mail", "530 5.7.0 Authentication required", P),
    ("relay", "mail", "535 5.7.8 Error: authentication failed", P),
    ("relay", "connect", "454 4.7.0 TLS not available due to local problem", S),
    ("relay", "mail", "503 5.5.1 Error: nested MAIL command", S),
    ("relay", "mail", "503 Bad sequence of commands", S),
    ("exim", "rcpt", "550-Verification failed for <bot@example.org>\n550-No Such User Here\n550 Sender verify failed", B),
    ("exim", "rcpt", "550 relay not permitted", P),
    ("exim", "rcpt", "550 Unrouteable address", H),
    ("exim", "rcpt", "550 Mailbox quota exceeded", S),
    ("exim", "rcpt", "550 Message size exceeds the limit of this mailbox", C),
    ("qmail", "rcpt", "550 sorry, no mailbox here by that name. (#5.1.1)", H),
    ("qmail", "rcpt", "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", P),
    ("ironport", "rcpt", "550 #5.1.0 Address rejected.", R),
    ("ironport", "connect", "554 Your access to this mail system has been rejected due to the MTA's poor reputation", B),
    ("ironport", "rcpt", "452 Too many recipients received this hour", S),
    ("domino", "rcpt", "550 x@example.com... No such user", H),
    ("cpanel", "rcpt", "550 No such person at this address", H),
    ("domino", "rcpt", "550 5.1.1 <spam-relay@example.com>... No such user", H),
    ("zimbra", "rcpt", "554 5.1.1 mailbox does not exist", H),
    ("buzón", "rcpt", "550 El buzón está lleno", S),
    ("buzón", "rcpt", "550 Usuario desconocido", H),
    ("filter", "dot", "541 Rejected by an anti-spam filter", C),
    ("filter", "dot", "554 Message looks like spam", C),
    ("many", "rcpt", "550 5.1.2 Host unknown", H),
    ("many", "rcpt", "550 System busy", R),
    ("many", "rcpt", "550 Internal error", R),
    ("many", "rcpt", "550 Domain has exceeded the max emails per hour", R),
    ("many", "rcpt", "550 Callback failed", R),
    ("many", "rcpt", "550 Mail is not accepted from this country", R),
    ("many", "rcpt", "550 5.1.1 unknown user: your mail was sent from example.org", R),
    ("many", "rcpt", "554 5.7.1 Recipient address rejected: user unknown", H),
    ("many", "rcpt", "550 5.2.1 Mailbox unavailable. Your IP address 192.0.2.1 is blacklisted", B),
    ("many", "dot", "554 No such user here, but the sender is unknown", R),
    ("many", "mail", "451 4.7.24 SPF temporary error", S),
    ("many", "dot", "550 5.7.0 Message Size Violation", C),
    ("null mx", "rcpt", "556 5.1.10 Domain does not accept mail (null MX)", H),
    ("rfc 5321", "rcpt", "551 User not local; please try <y@example.net>", R),
    ("rfc 5321", "rcpt", "550", H),
    ("rfc 5321", "mail", "550 No such user", B),
    ("rfc 5321", "mail", "550 5.1.1 No such user", P),
    ("rfc 5321", "connect", "550 5.1.1 No such user", B),
    ("rfc 5321", "connect", "554 No SMTP service here", B),
    ("rfc 5321", "dot", "550 no reason given", R),
    ("rfc 5321", "dot", "250 2.0.0 Ok: queued as 4F1", OK),
    ("rfc 5321", "rcpt", "250 2.1.5 Ok", Q),
    ("rfc 5321", "dot", "354 go on", Q),
    ("rfc 5321", "rcpt", "450 5.1.1 codes that contradict each other", S),
    ("rfc 5321", "rcpt", "550 4.4.7 codes that contradict each other", R),
    *(("a bare 421", phase, "421 example.net closing", S) for phase in ("connect", "mail", "rcpt", "data", "dot")),
    *(("shutting down", phase, "421 4.3.2 Service shutting down", S) for phase in ("connect", "mail", "rcpt", "data", "dot")),
    *(("slow down", phase, "421 4.7.0 Try later", B) for phase in ("connect", "mail", "rcpt", "data", "dot")),
    *(("slow down", phase, "421 4.7.28 Try later", B) for phase in ("connect", "mail", "rcpt", "data", "dot")),
    *(("silence", phase, "(no reply: connection lost)", Q) for phase in ("connect", "mail", "rcpt", "data", "dot")),
]  # fmt: skip

# what no provider above happens to say
EXTRA = [
    ("microsoft 365", "rcpt", "451 4.7.550 Access denied, please try again", B),
    ("rfc 5321", "rcpt", "552", S),
    ("rfc 6531", "mail", "553 This address needs SMTPUTF8", E),
    ("relay", "rcpt", "550 Too many messages this hour", B),
    ("list", "rcpt", "550 5.7.1 This list only accepts mail from its members", R),
    ("unknown", "rcpt", "550 5.7.1 Access denied", B),
    ("relay", "rcpt", "550 5.2.0 mailbox: sending quota", R),
]


def code_of(text: str) -> int:
    return int(text[:3]) if text[:3].isdigit() else 0


@pytest.mark.parametrize(("provider", "phase", "text", "means"), [*SAID, *EXTRA], ids=lambda value: str(value)[:40])
def test_what_they_say_is_understood(provider: str, phase: str, text: str, means: Class) -> None:
    assert classify(phase, code_of(text), "", text) is means
    assert classify(phase, code_of(text), enhanced_in(text), text) is means


def test_there_are_enough_of_them() -> None:
    assert len(SAID) >= 80
    assert len({provider for provider, *_ in SAID}) >= 15


@pytest.mark.parametrize(
    ("codes", "means"),
    [
        ("5.1.1 5.1.2 5.1.3 5.1.6 5.1.10 5.2.1", H),
        ("4.2.1 4.2.2 4.3.0 4.3.1 4.3.2 4.4.1 4.4.2 4.4.7 4.5.3", S),
        ("5.2.2", S),
        ("5.7.26 5.7.27 5.7.30 5.7.515 5.7.25", P),
        ("5.3.4 5.6.0 5.6.1 5.6.6", C),
        ("5.6.7 4.6.7", E),
        ("4.7.0 4.7.28", B),
        ("5.7.28 5.7.606 5.7.649 5.7.700", B),
        ("5.7.1 5.7.0", B),
        ("5.0.0 5.1.0 5.1.4 5.2.0 5.3.0 5.4.1 5.4.6 5.5.0 5.5.4 5.7.12345", R),
    ],
)
@pytest.mark.parametrize("phase", ["rcpt", "dot"])
def test_the_designs_table_code_by_code(codes: str, means: Class, phase: str) -> None:
    for enhanced in codes.split():
        code = 550 if enhanced[0] == "5" else 421 if enhanced.startswith("4.7") else 450
        assert classify(phase, code, enhanced, f"{code} {enhanced}") is means, enhanced


def test_every_row_decides_something() -> None:
    """No row stands where another one always comes before it."""
    from distro.dispatch import classify as reading

    deciding: set[int] = set()
    texts = [*SAID, *EXTRA]
    for _, phase, text, means in texts:
        code, status, said = code_of(text), enhanced_in(text), reading._words(text)
        if not 400 <= code < 600:
            continue
        for n, rule in enumerate(reading._COMPILED):
            fits = rule.code.fullmatch(str(code)) and rule.enhanced.fullmatch(status) and phase in rule.phases
            if fits and (rule.text is None or rule.text.search(said)):
                assert rule.means is means, (text, TABLE[n].why)
                deciding.add(n)
                break
    assert [rule.why for n, rule in enumerate(TABLE) if n not in deciding] == []


@pytest.mark.parametrize(
    ("action", "status", "diagnostic", "means"),
    [
        ("failed", "5.1.1", "smtp; 550 5.1.1 <x@example.com>: User unknown", H),
        ("failed", "5.0.0", "smtp; 550-5.1.1 no such account\n 550 5.1.1 gsmtp", H),
        ("failed", "5.1.1", "smtp; 554 5.7.1 blocked using zen.spamhaus.org", B),
        ("failed", "5.1.1", "", H),
        ("failed", "5.1.10", "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound", H),
        ("Failed", "5.2.2 (mailbox full)", "x-unix; over quota", S),
        ("failed", "4.4.7", "smtp; 421 4.4.2 timed out", S),
        ("failed", "5.4.7", "X-Postfix; delivery time expired", R),
        ("failed", "5.7.1", "smtp; 554 5.7.1 <x@example.com>: Relay access denied", B),
        ("failed", "5.7.26", "smtp; 550-5.7.26 unauthenticated", P),
        ("failed", "", "smtp; 550 said nothing else", R),
        ("failed", "", "smtp; 550 No such user here", H),
        ("delayed", "4.4.1", "smtp; 451 4.4.1 timed out", S),
        ("delayed", "5.1.1", "smtp; 550 5.1.1 User unknown", S),
        ("delivered", "2.0.0", "smtp; 250 ok", OK),
        ("relayed", "2.0.0", "", OK),
        ("failed", "", "", Q),
        ("failed", "nonsense", "nonsense", Q),
    ],
)
def test_a_dsn_goes_through_the_same_table(action: str, status: str, diagnostic: str, means: Class) -> None:
    assert of_dsn(action, status, diagnostic) is means


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("550 5.1.1 x", "5.1.1"),
        ("550-first\n550 5.1.10 second", "5.1.10"),
        ("550-5.7.1 a\n550 5.1.1 b", "5.7.1"),
        ("550 sorry (#5.1.1)", "5.1.1"),
        ("550 5.1.1.2 is a host", ""),
        ("550 the host 5.1.1 said", ""),
        ("550 5.1.1", "5.1.1"),
        ("", ""),
    ],
)
def test_the_enhanced_code_is_found_on_any_line(text: str, code: str) -> None:
    assert enhanced_in(text) == code


PHASES = st.sampled_from(["connect", "mail", "rcpt", "data", "dot", "dsn"])
CODES = st.integers(0, 999)
ENHANCED = st.one_of(
    st.sampled_from(["", "5.1.1", "5.1.10", "5.2.1", "5.7.1", "4.7.0", "5.6.7"]),
    st.from_regex(r"\A[245]\.[0-9]{1,3}\.[0-9]{1,3}\Z"),
)
WORDS = st.lists(st.sampled_from([w for *_, text, _ in SAID for w in text.split()]), max_size=12).map(" ".join)
TEXTS = st.one_of(st.text(max_size=200), WORDS, st.sampled_from([text for *_, text, _ in SAID]))
REPUTED = ["poor reputation", "blocked using zen.example.org", "on our block list", "blacklisted", "Spamhaus", "DNSBL",
           "Client host rejected", "rate limited", "too many connections", "banned sending IP", "sender rejected",
           "access denied", "spam", "abuse"]  # fmt: skip


@given(PHASES, CODES, ENHANCED, TEXTS)
@example("rcpt", 550, "5.1.1", "\x00\udcff" * 5000)
@example("nowhere", 550, "5.1.1", "")
def test_every_reply_has_a_class(phase: str, code: int, enhanced: str, text: str) -> None:
    means = classify(phase, code, enhanced, text)
    assert (means is OK) == (200 <= code < 300 and phase in ("dot", "dsn"))
    assert (means is Q) == (not 400 <= code < 600 and means is not OK)
    if means is H:
        assert 500 <= code < 600
        assert phase not in ("connect", "mail", "nowhere")


@given(PHASES, st.integers(500, 599), ENHANCED, TEXTS, st.sampled_from(REPUTED), st.booleans())
def test_a_word_of_doubt_saves_the_mailbox(phase: str, code: int, enhanced: str, text: str, word: str, first: bool) -> None:
    said = f"{word} {text}" if first else f"{text[:3000]} {word}"
    assert classify(phase, code, enhanced, said) is not H


@given(st.integers(400, 499), PHASES, ENHANCED, TEXTS)
def test_what_may_change_ends_nothing(code: int, phase: str, enhanced: str, text: str) -> None:
    assert classify(phase, code, enhanced, text) in (S, B, P, E)


@given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=100))
def test_a_dsn_of_any_words_has_a_class(action: str, status: str, diagnostic: str) -> None:
    assert of_dsn(action, status, diagnostic) in Class


@given(WORDS, st.sampled_from(["-", " "]))
def test_how_lines_are_broken_changes_nothing(words: str, joint: str) -> None:
    """A provider breaks its sentence where it likes, with the code before each line."""
    broken = "\n".join(f"550{joint}5.7.1 {word}" for word in words.split() if not re.match(r"\d|#", word))
    flat = "550 5.7.1 " + " ".join(word for word in words.split() if not re.match(r"\d|#", word))
    assert classify("dot", 550, "5.7.1", broken) is classify("dot", 550, "5.7.1", flat)
