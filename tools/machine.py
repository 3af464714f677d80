"""量的结果从哪里来、怎样存：日期、处理器、Python 的版本，以及好读、好比较的 JSON。"""

import datetime
import json
import platform
import re
from pathlib import Path


def about():
    """在什么机器上、什么时候量的。"""
    return {
        "date": datetime.date.today().isoformat(),
        "processor": processor(),
        "python": platform.python_version(),
    }


def processor():
    """操作系统给出的处理器型号。"""
    try:
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text("utf-8"))
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def save(path, record):
    """写成 JSON；列表里的每一项占一行，重新生成后在 git 里只有变了的那些行不同。"""
    lines = []
    for key, value in record.items():
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        if isinstance(value, list) and value:
            items = [json.dumps(item, ensure_ascii=False, allow_nan=False) for item in value]
            text = "[\n" + ",\n".join(items) + "\n]"
        lines.append(f"{json.dumps(key)}: {text}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
