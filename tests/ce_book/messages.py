"""核对错误信息的工具。"""

from contextlib import contextmanager

import pytest


@contextmanager
def raises_saying(error, parts, *, unsaid=(), match=None):
    """``with`` 里的代码引发 ``error``，信息里有 ``parts`` 的每一段，没有 ``unsaid`` 的任何一段。"""
    with pytest.raises(error, match=match) as caught:
        yield
    message = str(caught.value)
    for part in parts:
        assert part in message, f"没有说“{part}”：{message}"
    for part in unsaid:
        assert part not in message, f"不该说“{part}”：{message}"
