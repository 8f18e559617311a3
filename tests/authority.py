"""A time-stamp authority for tests: a CA made here and now, and `openssl ts -reply` behind a real HTTP server."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from asn1crypto import core, tsp

OPENSSL = shutil.which("openssl")

_SETTINGS = """
[req]
distinguished_name = nobody
prompt = no
[nobody]
CN = nobody
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
[signer]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
certs = {folder}/root.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def _openssl(*arguments: str) -> None:
    assert OPENSSL is not None
    subprocess.run([OPENSSL, *arguments], check=True, capture_output=True)


def unsigned(octets: bytes, hour: str, status: str = "granted", algorithm: str = "sha256") -> bytes:
    """A TimeStampResp as an authority would make it over these octets, which nobody signed. `hour`: a GeneralizedTime."""
    info = tsp.TSTInfo(
        {
            "version": "v1",
            "policy": "1.2.3.4.1",
            "message_imprint": {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": sha256(octets).digest()},
            "serial_number": 2**70,
            "gen_time": core.GeneralizedTime(datetime.fromisoformat("2000-01-01T00:00:00+00:00")),
        }
    )
    written = info.dump().replace(b"\x18\x0f20000101000000Z", bytes([0x18, len(hour)]) + hour.encode())
    written = b"\x30" + bytes([len(written) - 2]) + written[2:]
    signed = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(written)},
        "signer_infos": [],
    }
    answer = {"status": {"status": status}, "time_stamp_token": {"content_type": "signed_data", "content": signed}}
    return bytes(tsp.TimeStampResp(answer).dump())


@dataclass(frozen=True)
class Authority:
    """Keys and certificates of an authority that nobody knows, in a folder of its own."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Authority:
        settings = folder / "tsa.cnf"
        settings.write_text(_SETTINGS.format(folder=folder))
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", str(settings))
        root = [str(folder / name) for name in ("root.key", "root.pem")]
        _openssl(
            "req", "-x509", *key, "-keyout", root[0], "-out", root[1], "-subj", "/CN=Root", "-days", "2", "-extensions", "root"
        )
        _openssl("req", *key, "-keyout", f"{folder}/tsa.key", "-out", f"{folder}/tsa.csr", "-subj", "/CN=Stamps")
        signed = ("-CA", root[1], "-CAkey", root[0], "-CAcreateserial", "-days", "1", "-extfile", str(settings))
        _openssl("x509", "-req", "-in", f"{folder}/tsa.csr", "-out", f"{folder}/tsa.pem", "-extensions", "signer", *signed)
        return cls(folder)

    @property
    def root(self) -> Path:
        """The certificate that a verifier trusts."""
        return self.folder / "root.pem"

    def answer(self, question: bytes) -> bytes:
        """What `openssl ts -reply` says to a TimeStampReq."""
        (self.folder / "question").write_bytes(question)
        reply = self.folder / "answer"
        settings = str(self.folder / "tsa.cnf")
        _openssl("ts", "-reply", "-queryfile", f"{self.folder}/question", "-config", settings, "-out", str(reply))
        return reply.read_bytes()

    def verifies(self, data: Path, token: Path) -> bool:
        """What `openssl ts -verify` says."""
        assert OPENSSL is not None
        command = [OPENSSL, "ts", "-verify", "-data", str(data), "-in", str(token), "-CAfile", str(self.root)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode == 0 and "Verification: OK" in done.stdout + done.stderr


@dataclass
class Server:
    """Serves answers; `answer` may be put in the place of the right one, and `status`. `drip`: seconds before each octet;
    `dripped`: how many left so."""

    answer: Callable[[bytes], bytes]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0
    dripped: int = 0
    questions: list[bytes] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None

    def start(self) -> Server:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.headers["Content-Type"] == "application/timestamp-query"
                question = self.rfile.read(int(self.headers["Content-Length"]))
                outer.questions.append(question)
                answer = outer.answer(question)
                self.send_response(outer.status)
                for name, value in {"Content-Type": "application/timestamp-reply", **outer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                outer._write(self, answer)

            def do_GET(self) -> None:
                outer.questions.append(b"GET")

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def _write(self, handler: BaseHTTPRequestHandler, answer: bytes) -> None:
        try:
            if not self.drip:
                handler.wfile.write(answer)
            for octet in answer if self.drip else b"":
                time.sleep(self.drip)
                handler.wfile.write(bytes([octet]))
                self.dripped += 1
        except OSError:
            return  # who asked has hung up

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}/stamp"

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
