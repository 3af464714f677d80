"""全部测试共用的设置：两个进程怎样分工，nbval 怎样起内核；tests/ 自己的在 tests/conftest.py。"""

import nbval.kernel
import pytest

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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """``--dist loadgroup``：一个文件的测试留在同一个进程（一份笔记本只有一个内核），除非它自己分了组。"""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.split("::")[0]))


def pytest_configure():
    """nbval 没有留下这样的设置，只好换掉它用的函数。"""
    nbval.kernel.start_new_kernel = start_new_kernel
