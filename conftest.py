"""全部测试共用的设置：nbval 怎样启动内核，以及在末尾列出真的重算了什么。"""

import nbval.kernel
from kernels import retry_start

_start = nbval.kernel.start_new_kernel


def pytest_configure():
    """内核起不来就重来。nbval 没有留下这样的设置，只好换掉它用的函数。"""
    nbval.kernel.start_new_kernel = lambda *args, **kwargs: retry_start(
        lambda: _start(*args, **kwargs)
    )


def pytest_terminal_summary(terminalreporter):
    """重算过的外部输出逐条列出来：一眼看得出是真的重跑了，花了多久。"""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    lines = [v for r in reports for name, v in r.user_properties if name == "recomputed"]
    if lines:
        terminalreporter.section("重算过的外部输出")
        for line in lines:
            terminalreporter.write_line(line)
