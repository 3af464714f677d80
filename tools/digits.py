"""手写数字：由 scikit-learn 带着的 UCI 数据写成随书的 ``ce_book/data/digits.npz``，或与它核对。

用法（在装了 scikit-learn 的环境里，见 CONTRIBUTING.md）::

    python tools/digits.py            # 写 ce_book/data/digits.npz
    python tools/digits.py --check    # 与存着的核对；不同就说出来，退出码为 1

数据的来历与许可写在 ``ce_book/data/digits-license.md``。
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

FILE = Path(__file__).resolve().parents[1] / "ce_book" / "data" / "digits.npz"


def digits():
    """scikit-learn 的那一份：灰度是 0 到 16 的整数，所以 uint8 装得下，一点不丢。"""
    source = load_digits()
    arrays = {"images": source.images, "classes": source.target}
    small = {name: array.astype(np.uint8) for name, array in arrays.items()}
    for name, array in arrays.items():
        if not np.array_equal(small[name], array):
            raise ValueError(f"{name} 里有 uint8 装不下的值")
    return small


def main():
    parser = argparse.ArgumentParser(description="写或核对随书的手写数字")
    parser.add_argument("--check", action="store_true", help="不写，只与存着的核对")
    if not parser.parse_args().check:
        np.savez_compressed(FILE, **digits())
        print(f"{FILE.name}：{FILE.stat().st_size} 字节")
        return 0
    stored = np.load(FILE)
    wrong = [name for name, array in digits().items() if not np.array_equal(stored[name], array)]
    print(f"{FILE.name} 与 scikit-learn 的不同：{wrong}" if wrong else f"{FILE.name} 相符。")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
