"""Comfy-Org's stand-in for ComfyUI, from the source package whose folder is given, on a free port.

Prints the address once it is there; jobs take 0.2 seconds, one with the input {"hang": true} never ends.
"""

import pathlib
import runpy
import socket
import struct
import sys
import zlib

from aiohttp import web


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def picture(side):
    """A PNG of one colour."""
    rows = (b"\0" + b"\x60\x80\xa0" * side) * side
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


script = next(pathlib.Path(sys.argv[1]).glob("comfy_api_proxy-*/demo/fake_comfyui.py"))
make_fake = runpy.run_path(str(script))["make_fake"]
# Its own is of one pixel, which the engine takes for no picture.
make_fake.__globals__["_PNG"] = picture(64)
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
web.run_app(make_fake(), sock=listener, print=None)
