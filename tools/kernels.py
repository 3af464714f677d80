"""笔记本内核的启动：生成记录（records.py）与 nbval 重跑（conftest.py）都用它。"""

START_ATTEMPTS = 3


def retry_start(start):
    """调用 ``start()``，返回它的结果；内核起不来就重来。

    内核先选好端口再去占用，其间别的程序可能抢先。别的错误（包括内核中途死掉）原样引发。
    """
    for attempt in range(1, START_ATTEMPTS + 1):
        try:
            return start()
        except RuntimeError as error:
            if "Kernel died before replying" not in str(error) or attempt == START_ATTEMPTS:
                raise
