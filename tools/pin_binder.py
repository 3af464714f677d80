"""让 Binder 用锁里的版本：把 binder/requirements.txt 里钉住的包改成 requirements.txt 里的版本。

用法：python tools/pin_binder.py（``make lock`` 会调用）
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def pinned(text, lock):
    """把 text 里每个 ``包==版本`` 换成 lock 里同一个包的版本。"""
    versions = dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock, flags=re.MULTILINE))
    return re.sub(
        r"^([\w.-]+)==\S+", lambda m: f"{m[1]}=={versions[m[1]]}", text, flags=re.MULTILINE
    )


if __name__ == "__main__":
    binder = ROOT / "binder" / "requirements.txt"
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    binder.write_text(pinned(binder.read_text(encoding="utf-8"), lock), encoding="utf-8")
