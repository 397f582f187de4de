"""Comfy-Org's stand-in for ComfyUI, from the source package whose folder is given, on a free port.

Prints the address once it is there; jobs take 0.2 seconds, one with the input {"hang": true} never ends.
"""

import pathlib
import runpy
import socket
import sys

from aiohttp import web

script = next(pathlib.Path(sys.argv[1]).glob("comfy_api_proxy-*/demo/fake_comfyui.py"))
app = runpy.run_path(str(script))["make_fake"]()
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
web.run_app(app, sock=listener, print=None)
