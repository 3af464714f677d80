"""正文标签页里各个框架的代码：真的跑一遍，把输出写进正文，或与正文里的核对。

用法（在装了各个框架的环境里，见 CONTRIBUTING.md）::

    python tools/frameworks.py             # 重跑全部代码，把输出写进正文
    python tools/frameworks.py --check     # 重跑，与正文里的输出核对；有差别就逐条列出，退出码为 1
    python tools/frameworks.py --check --only pytorch ce_book

标签页里的一段代码，与紧跟着的它的输出，在 ``.md`` 里写成::

    :::{tab-item} PyTorch
    :sync: pytorch

    ```python
    print(torch.__version__)
    ```

    ```text
    2.13.0
    ```
    :::

输出那一块由本程序写；没有输出的代码后面没有它。同一页里 ``sync`` 相同的代码，按次序在同一个进程、同一个
名字空间里运行，像一份笔记本，所以前面 ``import`` 过的后面不必再写。

核对时文字要一字不差。float32 的最后一两位因处理器而异，所以印了七位以上有效数字的数，容许差
4 ulp（float32 的）；位数少的要完全相同。
"""

import argparse
import contextlib
import io
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
TOLERANCE = 4 * 2.0**-23

TAB = re.compile(
    r"^:::\{tab-item\} (?P<name>[^\n]+)\n:sync: (?P<key>\w+)\n(?P<body>.*?)^:::$", re.S | re.M
)
CODE = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<output>.*?)^```\n)?", re.S | re.M
)
NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d*(?:e[+-]?\d+)?")


class Snippet(NamedTuple):
    """标签页里的一段代码：哪个框架、代码、记下的输出。"""

    key: str
    name: str
    code: str
    output: str


def snippets(text):
    """一页正文（或其中一部分）里标签页的全部代码，按次序。"""
    return [
        Snippet(tab["key"], tab["name"], block["code"], block["output"] or "")
        for tab in TAB.finditer(text)
        for block in CODE.finditer(tab["body"])
    ]


def with_outputs(text, outputs):
    """把新的输出写进正文；``outputs`` 是 {框架: 各段的输出}。"""
    remaining = {key: iter(values) for key, values in outputs.items()}

    def renew(tab):
        def block(match):
            output = next(remaining[tab["key"]])
            shown = f"\n```text\n{output}```\n" if output else ""
            return f"```python\n{match['code']}```\n{shown}"

        if tab["key"] not in remaining:  # 没有重跑的框架，原样留着
            return tab[0]
        return tab[0].replace(tab["body"], CODE.sub(block, tab["body"]))

    return TAB.sub(renew, text)


def same(recorded, fresh):
    """两份输出是否相符。"""
    texts = [re.sub(r" +", " ", NUMBER.sub("#", text)) for text in (recorded, fresh)]
    numbers = [NUMBER.findall(text) for text in (recorded, fresh)]
    return texts[0] == texts[1] and all(map(_close, *numbers))


def _close(first, second):
    if first == second:
        return True
    a, b = float(first), float(second)
    # 7 位以上才是照原样印出的 float32；末尾的 0 不印，所以两个里有一个够长就算。
    longest = max(len(re.sub(r"e.*|[-.]", "", text).lstrip("0")) for text in (first, second))
    return longest >= 7 and abs(a - b) <= TOLERANCE * max(abs(a), abs(b))


def run(codes):
    """在一个新的进程里依次运行各段代码，返回各自的输出。"""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),  # ce_book 不必安装
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "OMP_NUM_THREADS": "1",
    }
    process = subprocess.run(
        [sys.executable, __file__, "--run"],
        input=json.dumps(codes),
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if process.returncode:
        raise RuntimeError(process.stderr)
    return json.loads(process.stdout)


def _run_here():
    """子进程里的一半：从标准输入读代码，把各段的输出写到标准输出。"""
    namespace, outputs = {"__name__": "__main__"}, []
    for code in json.load(sys.stdin):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, f"<{code.splitlines()[0]}>", "exec"), namespace)
        outputs.append(printed.getvalue())
    json.dump(outputs, sys.stdout)


def pages():
    """有标签页的正文。"""
    return [p for p in sorted((ROOT / "book").rglob("*.md")) if TAB.search(p.read_text("utf-8"))]


def rerun(page, *, only=(), write=False):
    """重跑一页，逐个框架报告。返回与记录不符的段数。"""
    text = page.read_text(encoding="utf-8")
    found = snippets(text)
    outputs, wrong = {}, 0
    for key in dict.fromkeys(s.key for s in found):
        if only and key not in only:
            continue
        mine = [s for s in found if s.key == key]
        start = time.perf_counter()
        outputs[key] = run([s.code for s in mine])
        seconds = time.perf_counter() - start
        pairs = list(zip(mine, outputs[key], strict=True))
        different = [(s, fresh) for s, fresh in pairs if not same(s.output, fresh)]
        wrong += len(different)
        verdict = f"{len(different)} 段不同" if different else "输出全部相符"
        print(f"{mine[0].name}：{len(mine)} 段代码，{verdict}（{seconds:.1f} 秒）", flush=True)
        if not write:
            for snippet, fresh in different:
                print(f"--- {snippet.code}--- 记着\n{snippet.output}--- 现在\n{fresh}")
    if write:
        page.write_text(with_outputs(text, outputs), encoding="utf-8")
    return wrong


def main():
    parser = argparse.ArgumentParser(description="重跑正文标签页里各框架的代码")
    parser.add_argument("--check", action="store_true", help="不写，只核对")
    parser.add_argument("--only", nargs="+", default=[], metavar="框架", help="只跑这几个")
    parser.add_argument("--run", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        _run_here()
        return 0
    known = {snippet.key for page in pages() for snippet in snippets(page.read_text("utf-8"))}
    if unknown := set(options.only) - known:
        parser.error(
            f"没有叫 {'、'.join(sorted(unknown))} 的标签页；有的是 {'、'.join(sorted(known))}"
        )
    wrong = sum(rerun(page, only=options.only, write=not options.check) for page in pages())
    return int(options.check and wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
