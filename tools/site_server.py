"""建好的网页的服务器，像 GitHub Pages 那样应答：文字用 gzip 压缩，带 ETag，十分钟内不必再问。

量网页（``measure_pages.py``）和测网页（``tests/site``）用的都是它：Python 自带的服务器不压缩、
也不说可以缓存多久，量出来的字节与读者付的不是一回事。
"""

import contextlib
import functools
import gzip
import hashlib
import http.server
import re
import threading
from http import HTTPStatus
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
HTML = ROOT / "_build" / "html"

BASE = re.compile(r'<base href="(.*/)404\.html">')
TEXT = {".html", ".css", ".js", ".json", ".svg", ".txt", ".xml", ".md", ".ipynb", ".webmanifest"}


def names_in_toc():
    """目录（``_toc.yml``）里的页面，按次序；不带扩展名，相对于仓库的根。"""

    def files(entry):
        if isinstance(entry, dict):
            for key, value in entry.items():
                if key in ("file", "root"):
                    yield value
                else:
                    yield from files(value)
        elif isinstance(entry, list):
            for item in entry:
                yield from files(item)

    return list(files(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))))


@functools.cache
def body_of(path, modified):
    """一个文件的内容、压缩后的内容（不值得压缩则为空）和 ETag；``modified`` 变了就重读。"""
    content = path.read_bytes()
    packed = gzip.compress(content, compresslevel=6) if path.suffix in TEXT else b""
    return content, packed, f'"{hashlib.sha256(content).hexdigest()[:16]}"'


class Handler(http.server.SimpleHTTPRequestHandler):
    """一个请求的应答；不写访问日志。"""

    protocol_version = "HTTP/1.1"
    # 头和正文攒在一起发：分开发，另一头会等上几十毫秒才确认。
    wbufsize = 1 << 16
    disable_nagle_algorithm = True

    def do_GET(self):
        """发一个文件；没有的话发 404.html（有的话）。"""
        self.answer(with_body=True)

    def do_HEAD(self):
        """只发头。"""
        self.answer(with_body=False)

    def translate_path(self, path):
        """404 页里的地址从发布的网站的根算起，例如 /cross-entropy/；那也是这里的根。"""
        page = Path(self.directory) / "404.html"
        base = BASE.search(page.read_text(encoding="utf-8")) if page.is_file() else None
        return super().translate_path("/" + path.removeprefix(base[1]) if base else path)

    def answer(self, with_body):
        """状态、头、正文。"""
        path, status = Path(self.translate_path(self.path)), HTTPStatus.OK
        if path.is_dir():
            path /= "index.html"
        if not path.is_file():
            path, status = Path(self.directory) / "404.html", HTTPStatus.NOT_FOUND
            if not path.is_file():
                self.send_error(status)
                return
        content, packed, tag = body_of(path, path.stat().st_mtime_ns)
        if status == HTTPStatus.OK and self.headers.get("If-None-Match") == tag:
            self.send_response(HTTPStatus.NOT_MODIFIED)
            self.send_header("ETag", tag)
            self.send_header("Cache-Control", "max-age=600")
            self.end_headers()
            return
        if packed and "gzip" in self.headers.get("Accept-Encoding", ""):
            content = packed
        self.send_response(status)
        kind = self.guess_type(str(path))
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if path.suffix in TEXT else kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", tag)
        self.send_header("Cache-Control", "max-age=600")
        if content is packed:
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Vary", "Accept-Encoding")
        self.end_headers()
        if with_body:
            self.wfile.write(content)

    def log_message(self, *arguments):
        """什么也不写。"""


@contextlib.contextmanager
def serve(root=HTML):
    """在 127.0.0.1 的一个空闲端口上发布 ``root``；给出地址，以斜杠结尾。"""
    handler = functools.partial(Handler, directory=str(root))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
