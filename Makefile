# 本书的全部命令。第一次运行会自己建好 .venv；之后只要 requirements.txt 没变，就不再安装。
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# 拿来对照的库有三个 GB，另装一处：建书用不到；测试没有它们，只略过重算的那几项。
PEERS := .venv-frameworks
PEERS_READY := $(PEERS)/.ready

.DEFAULT_GOAL := help
.PHONY: help book serve pdf notebooks test lint frameworks measure bench lock clean

help: ## 列出命令
	@echo "《交叉熵：从信息量到多标签损失》"
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "需要 Python 3.11 或更新：现在的 $(PYTHON) 是 $$($(PYTHON) --version 2>&1)。用 make PYTHON=python3.12 … 指定一个。"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
	  echo "建不了虚拟环境；Debian、Ubuntu 上先装 python3-venv。"; exit 1; }
	@echo "正在安装锁定的依赖（第一次约一分钟）……"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

book: $(READY) ## 构建网页（警告算错误）
	@$(BIN)/python tools/records.py --seed
	@# Sphinx 的增量构建不看样式、扩展和设置：它们比网页新，就从头构建（几秒钟）。
	@if [ -n "$$(find _config.yml _toc.yml book/references.bib book/_ext book/_static book/_templates \
	    -type f -not -path '*/__pycache__/*' -newer _build/html/index.html 2>/dev/null)" ]; then \
	  rm -rf _build/html _build/.doctrees; fi
	@# 有警告就失败，并忘掉读过的页：不然下一次增量构建不重读有毛病的页，反倒“成功”了。
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/jupyter-book build --quiet -W --keep-going . || \
	  { rm -rf _build/.doctrees; exit 1; }
	@echo
	@echo "书在 _build/html/。打开 _build/html/index.html，或者运行 make serve（搜索的摘要和会动的插图需要后者）。"

serve: book ## 在 127.0.0.1 上打开这本书
	@echo "http://127.0.0.1:$(PORT)/    按 Ctrl+C 结束"
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

pdf: book ## 排出全书的 PDF，网页上给出下载（要有 Chromium 与 fonts-noto-cjk）
	@$(BIN)/python tools/pdf.py
	@$(MAKE) --no-print-directory book

measure: book ## 逐页量：下载多少、多快看到、版面跳不跳、无障碍（要有 Chromium）
	@$(BIN)/python tools/measure_pages.py

notebooks: $(READY) ## 执行有变化的笔记本，更新 .ipynb 记录
	@$(BIN)/python tools/records.py

test: book ## 全部测试：包、正文、网页，以及 nbval 重跑每一份记录
	@$(BIN)/python -m pytest -n 2 --dist loadscope --nbval tests book

lint: $(READY) ## 检查代码风格
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

$(PEERS_READY): requirements-frameworks.txt
	@test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	@echo "正在安装拿来对照的库（约 3 GB）……"
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-frameworks.txt
	@touch $@

frameworks: $(PEERS_READY) ## 装上 PyTorch、TensorFlow 等，重跑书里记下的它们的输出，逐一核对
	@$(PEERS)/bin/python tools/frameworks.py --check
	@$(PEERS)/bin/python tools/digits.py --check
	@$(PEERS)/bin/python tools/peers.py --check

bench: $(PEERS_READY) ## 与它们比精度、速度和内存，写进 ce_book/data/benchmark.json
	@$(PEERS)/bin/python tools/bench.py

lock: $(READY) ## 按 pyproject.toml 重新锁定依赖，写进 requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	  --fork-strategy fewest --generate-hashes --no-emit-index-url --upgrade --quiet \
	  --custom-compile-command "make lock" --output-file requirements.txt
	@$(BIN)/python tools/pin_binder.py

clean: ## 删掉构建出来的东西（不删 .venv 与 .venv-frameworks）
	@rm -rf _build .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.venv*/*' -prune -exec rm -rf {} +
