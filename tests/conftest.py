"""测试用到的路径：tools/ 里的脚本可以直接 import。"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests" / "book"), str(ROOT / "tests" / "ce_book")]
