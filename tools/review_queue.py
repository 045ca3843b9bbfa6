"""A review queue to work on by a program: starts the server, brings posts, reads and answers them.

SERVE in the environment names the program (target/debug/threat-serve). Only Python's own library is needed.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVE = os.environ.get("SERVE", str(ROOT / "target/debug/threat-serve"))
POSTS_AT_ONCE = 100


class ReviewQueue:
    """A server with a review queue; `with ReviewQueue(file, ...) as queue` starts and stops it."""

    def __init__(self, file, *flags):
        self.file, self.flags = file, list(map(str, flags))
        self.server = self.connection = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.kill()

    def start(self):
        command = [SERVE, "--port", str(self.port), "--log", "error", "--review-db", str(self.file), *self.flags]
        self.server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        for _ in range(600):
            try:
                if self.ask("GET", "/readyz")[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                self.connection.close()
            if self.server.poll() is not None:
                sys.exit("error: the server did not start")
            time.sleep(0.1)
        self.kill()
        sys.exit("error: the server is not ready after a minute")

    def kill(self):
        self.server.send_signal(signal.SIGKILL)
        self.server.wait()

    def ask(self, method, path, body=None, key=None, connection=None):
        """Status and content of the answer to a request."""
        connection = connection or self.connection
        headers = {"authorization": f"Bearer {key}"} if key else {}
        if body is not None:
            headers["content-type"] = "application/json"
            body = json.dumps(body)
        connection.request(method, path, body, headers)
        reply = connection.getresponse()
        return reply.status, reply.read()

    def must(self, method, path, body=None, key=None):
        """The JSON of an answer that has to be 200."""
        status, content = self.ask(method, path, body, key)
        if status != 200:
            sys.exit(f"error: {method} {path}: {status} {content.decode(errors='replace')}")
        return json.loads(content)

    def add(self, posts, key=None):
        """Puts posts into the queue, each a dictionary with `text` and perhaps `id`; the results, in order."""
        results = []
        for start in range(0, len(posts), POSTS_AT_ONCE):
            items = posts[start:start + POSTS_AT_ONCE]
            results += self.must("POST", "/v1/review/items", {"items": items}, key)["results"]
        return results

    def review(self, count, answer):
        """Reads so many posts and gives them the verdict that `answer` says of each; those that were read."""
        read = []
        while len(read) < count:
            post = self.must("GET", "/v1/review/next")["item"]
            if post is None:
                break
            self.must("POST", f"/v1/review/items/{post['item']}/verdict", {"verdict": answer(post)})
            read.append(post)
        return read

    def summary(self):
        return self.must("GET", "/v1/review/summary")
