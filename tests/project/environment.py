"""装着 PyTorch、TensorFlow 等的环境：版本，以及在里面重跑一个工具。"""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-frameworks" / "bin" / "python"


def pins():
    """``requirements-frameworks.txt`` 里的 {包名: 版本}。"""
    text = (ROOT / "requirements-frameworks.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w-]+)==(\S+)$", text, flags=re.MULTILINE))


def recompute(tool, record_property):
    """在那个环境里运行 ``tools/TOOL --check``；没有环境就略过，CI 里则失败。

    工具印出来的各行记进 ``record_property``，由根目录的 conftest.py 在测试末尾列出。
    """
    if not PYTHON.exists():
        reason = f"没有 .venv-frameworks，tools/{tool} 核对不了各个库的输出；运行 make frameworks。"
        if os.environ.get("CE_BOOK_REQUIRE_PEERS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    command = [str(PYTHON), str(ROOT / "tools" / tool), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=600)
    for line in result.stdout.splitlines():
        record_property("recomputed", line)
    assert result.returncode == 0, result.stdout + result.stderr
