#!/usr/bin/env python3
"""A stand-in for a language model, to try characters without one: it speaks OpenAI's chat completions, repeats what it
was told, and says that it is none.

    model.py [PORT]    8082 unless said otherwise, on this machine's loopback

In the file of COMPANIONS: url = "http://127.0.0.1:8082/v1", dialect = "plain", free = true.
"""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        # Before somebody's own words stands what is remembered of them.
        said = asked["messages"][-1]["content"].rsplit("\n\n", 1)[-1]
        words = f"No model answers here, only a script. You said: “{said[:200]}”.".split(" ")
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for word in words:
            self.say({"delta": {"content": word + " "}})
        self.say({"delta": {}, "finish_reason": "stop"})
        self.wfile.write(b"data: [DONE]\n\n")

    def say(self, choice):
        self.wfile.write(f"data: {json.dumps({'choices': [choice]})}\n\n".encode())

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8082
    print(f"answers at http://127.0.0.1:{port}/v1", flush=True)
    try:
        ThreadingHTTPServer(("127.0.0.1", port), Model).serve_forever()
    except KeyboardInterrupt:
        pass
