"""web.py - a web server of the test's own on loopback: what it answers at each path is the test's to say"""
import contextlib
import http.server
import threading


class Answer:
    """`body` in `pieces` of so many octets; `says_length` may lie. `waits`: an event before which nothing comes."""

    def __init__(self, body=b"", status=200, headers=None, says_length=None, waits=None, endless=False):
        self.body = body if isinstance(body, bytes) else body.encode()
        self.status, self.headers, self.says_length = status, headers or {}, says_length
        self.waits, self.endless = waits, endless


class Web:
    def __init__(self):
        self.answers, self.asked = {}, []  # path -> Answer; (path, headers) of each request
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                web.asked.append((self.path, dict(self.headers)))
                answer = web.answers.get(self.path, Answer(status=404))
                if answer.waits:
                    answer.waits.wait(60)
                etag = answer.headers.get("ETag")
                modified = answer.headers.get("Last-Modified")
                is_same = (etag and self.headers["If-None-Match"] == etag) or (
                    modified and not etag and self.headers["If-Modified-Since"] == modified)
                self.send_response(304 if is_same else answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if not answer.endless:
                    self.send_header("Content-Length", str(answer.says_length or (0 if is_same else len(answer.body))))
                self.end_headers()
                with contextlib.suppress(ConnectionError):
                    self.wfile.write(b"" if is_same else answer.body)
                    while answer.endless:
                        self.wfile.write(b"# more and more and more\n" * 4096)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
