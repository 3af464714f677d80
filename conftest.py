"""nbval 重跑 book/ 里的记录时用到的设置。"""

import nbval.kernel
from kernels import retry_start

_start = nbval.kernel.start_new_kernel


def pytest_configure():
    """内核起不来就重来。nbval 没有留下这样的设置，只好换掉它用的函数。"""
    nbval.kernel.start_new_kernel = lambda *args, **kwargs: retry_start(
        lambda: _start(*args, **kwargs)
    )
