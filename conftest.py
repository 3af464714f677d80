"""nbval 重跑 book/ 里的记录时用到的设置；tests/ 自己的在 tests/conftest.py。"""

import nbval.kernel

START_ATTEMPTS = 3
_start = nbval.kernel.start_new_kernel


def start_new_kernel(*args, **kwargs):
    """内核先选好端口再去占用，其间别的程序可能抢先，内核就起不来；那就重来。"""
    for attempt in range(1, START_ATTEMPTS + 1):
        try:
            return _start(*args, **kwargs)
        except RuntimeError as error:
            if "Kernel died" not in str(error) or attempt == START_ATTEMPTS:
                raise


def pytest_configure():
    """nbval 没有留下这样的设置，只好换掉它用的函数。"""
    nbval.kernel.start_new_kernel = start_new_kernel
