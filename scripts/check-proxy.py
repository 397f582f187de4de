#!/usr/bin/env python3
"""Puts a real Traefik with deploy/traefik's files before a stand-in of the bot, and tries what strangers try.

    check-proxy.py FOLDER

Called by `make test` with the folder that scripts/setup.sh fills; without Traefik in it, this is left out. Traefik listens on free ports and shows its own certificate instead of Let's Encrypt's.
"""

import contextlib
import http.client
import http.server
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
HOST = "bot.example.org"
PATIENCE = 30.0


class Bot(http.server.BaseHTTPRequestHandler):
    """Says what reached it."""

    def answer(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        self.rfile.read(size)
        said = json.dumps({"path": self.path, "from": self.headers.get("x-forwarded-for"), "size": size}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST = answer

    def log_message(self, *_: object) -> None:
        pass


def free_port() -> int:
    with contextlib.closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def files(folder: pathlib.Path, web: int, websecure: int, bot: int) -> pathlib.Path:
    """The files of deploy/traefik with other ports, and without what needs the internet. Each replacement must fit."""
    static = (ROOT / "deploy/traefik/traefik.yml").read_text()
    static = static[: static.index("certificatesResolvers:")] + static[static.index("log:") :]
    routes = (ROOT / "deploy/traefik/routes.yml").read_text()
    for old, new in (
        ('":80"', f'"127.0.0.1:{web}"'),
        ('":443"', f'"127.0.0.1:{websecure}"'),
        ("\n      tls:\n        certResolver: letsencrypt", "\n      tls: {}"),
        ("/etc/traefik/routes.yml", str(folder / "routes.yml")),
    ):
        assert static.count(old) == 1, old
        static = static.replace(old, new)
    assert routes.count("http://bot:8080") == 1
    (folder / "routes.yml").write_text(routes.replace("http://bot:8080", f"http://127.0.0.1:{bot}"))
    (folder / "traefik.yml").write_text(static)
    return folder / "traefik.yml"


class Answer:
    def __init__(self, port: int, secure: bool, method: str, path: str, body: bytes = b"", **headers: str) -> None:
        if secure:
            context = ssl._create_unverified_context()
            call = http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=context)
        else:
            call = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        with contextlib.closing(call):
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            call.request(method, path, body or None, {"Host": HOST, **names})
            got = call.getresponse()
            self.status, self.headers, self.body = got.status, got.headers, got.read()


def until_up(port: int, traefik: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert traefik.poll() is None, "Traefik has ended"
        with contextlib.suppress(OSError, http.client.HTTPException):
            if Answer(port, True, "GET", "/health/live").status == 200:
                return
        time.sleep(0.1)
    sys.exit("check-proxy: Traefik does not come up")


def tries(web: int, websecure: int) -> None:
    def get(path: str, **headers: str) -> Answer:
        return Answer(websecure, True, "GET", path, **headers)

    redirected = Answer(web, False, "GET", "/webhook/telegram")
    assert redirected.status in (301, 308), redirected.status
    assert redirected.headers["location"].startswith(f"https://{HOST}"), redirected.headers["location"]
    for path in ("/admin", "/metrics", "/health/ready"):
        assert Answer(web, False, "GET", path).status in (301, 308), f"{path} without TLS"

    live = get("/health/live")
    assert live.headers["strict-transport-security"].startswith("max-age=63072000"), live.headers
    for path in ("/metrics", "/health", "/health/db", "/", "/webhook/other", "/demo/state", "/api/rawdata"):
        assert get(path).status == 404, f"{path} is reachable"
    assert get("/webhook/telegram").status in (404, 405), "the webhook is for POST"
    assert get("/health/live", Host="other.example.org").status == 404, "another name"

    # This test comes from 127.0.0.1; ADMIN_NETWORK is another.
    for path in ("/admin", "/admin/", "/admin/api/v1/stats", "/admin/../admin/", "//admin/"):
        assert get(path).status in (403, 404), f"{path} is reachable"
        assert get(path, X_Forwarded_For="10.9.9.9", X_Real_Ip="10.9.9.9").status in (403, 404), path

    # The Mini App: in a frame of Telegram's web clients, with photos of up to 3 MB.
    for path in ("/app", "/app/assets/1/app.js", "/app/api/v1/me"):
        app = get(path)
        assert app.status == 200 and json.loads(app.body)["path"] == path, f"{path}: {app.status}"
        assert app.headers["x-frame-options"] is None, app.headers
        assert app.headers["strict-transport-security"].startswith("max-age=63072000"), app.headers
    assert live.headers["x-frame-options"] == "DENY", live.headers
    assert get("/application").status == 404, "only what begins with /app/"
    photo = Answer(websecure, True, "POST", "/app/api/v1/profile/photos", b"x" * 3_000_000)
    assert json.loads(photo.body)["size"] == 3_000_000, photo.body
    assert Answer(websecure, True, "POST", "/app/api/v1/profile/photos", b"x" * 3_200_000).status == 413

    spoofed = json.loads(get("/health/live", X_Forwarded_For="6.6.6.6").body)
    assert spoofed["from"] == "127.0.0.1", spoofed
    update = Answer(websecure, True, "POST", "/webhook/telegram", b"x" * 100_000)
    assert json.loads(update.body)["size"] == 100_000, update.body
    assert Answer(websecure, True, "POST", "/webhook/telegram", b"x" * 1_100_000).status == 413


def main() -> None:
    program = next(iter(pathlib.Path(sys.argv[1]).glob("traefik-*")), None)
    if not program:
        print("check-proxy: left out, as it is not here: traefik")
        return
    bot = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bot)
    threading.Thread(target=bot.serve_forever, daemon=True).start()
    web, websecure = free_port(), free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        static = files(folder, web, websecure, bot.server_address[1])
        environment = {"PATH": os.environ["PATH"], "HOME": name, "DOMAIN": HOST, "ADMIN_NETWORK": "10.9.9.0/24"}
        # What these requests hold is to get through in memory: a container's disk is read-only.
        environment["TMPDIR"] = str(folder / "nowhere")
        with (folder / "log").open("wb") as log:
            traefik = subprocess.Popen(
                [str(program), f"--configFile={static}"], env=environment, stdout=log, stderr=log, cwd=folder
            )
            try:
                until_up(websecure, traefik)
                tries(web, websecure)
            except BaseException:
                sys.stderr.write((folder / "log").read_text())
                raise
            finally:
                traefik.terminate()
                traefik.wait(10)
    bot.shutdown()
    print("check-proxy: redirect, HSTS, body limits, the Mini App; metrics, the operators' API and another's address stay out")


main()
