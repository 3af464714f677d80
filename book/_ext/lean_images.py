"""插图换成 WebP：网页上的图只有记录里的 PNG 的四分之一大，眼睛看不出差别。

记录（``.ipynb``）里的 PNG 不动，Binder、Colab 和 nbval 用的还是它。这里在写网页时另存一份：
宽度以正文栏的两倍（高分屏上一格对一格）为限，颜色归并成 256 种，再无损压缩；插图里的颜色本来就不多，
归并以后每个通道的误差不超过百分之五。文件名取自内容，内容变了，地址就变，缓存不会给出旧图。

图都写明宽和高，浏览器先留出地方，图到了版面不跳；每一章的开头是文字，图都不在第一屏，所以等读者
快滚到了才取（``tests/site/test_page_budgets.py`` 核对）。
"""

import hashlib
import io
from pathlib import Path

from docutils import nodes
from PIL import Image
from sphinx.transforms.post_transforms import SphinxPostTransform

# 正文栏 46rem，即 736 个 CSS 像素（book.css）。
COLUMN = 736
COLOURS = 256


def to_webp(png):
    """一份 PNG 的字节换成 WebP 的字节。"""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    if image.width > 2 * COLUMN:
        height = round(image.height * 2 * COLUMN / image.width)
        image = image.resize((2 * COLUMN, height), Image.Resampling.LANCZOS)
    image = image.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=3, dither=0)
    packed = io.BytesIO()
    image.convert("RGB").save(packed, "webp", lossless=True, method=4)
    return packed.getvalue()


class LeanImages(SphinxPostTransform):
    """每一幅 PNG 换成 WebP，写明宽高，晚些才取。"""

    # 在 Sphinx 自己的图片转换（200）之后、写网页之前。
    default_priority = 250
    formats = ("html",)

    def run(self):
        """逐幅换；换好的存在构建目录里，同一幅只换一次。"""
        folder = Path(self.app.doctreedir) / "webp"
        folder.mkdir(parents=True, exist_ok=True)
        for node in self.document.findall(nodes.image):
            source = Path(self.app.srcdir) / node["uri"]
            if source.suffix != ".png" or not source.is_file():
                continue
            png = source.read_bytes()
            # 记住这份 PNG 换成了哪一个 WebP。
            note = folder / hashlib.sha256(png).hexdigest()
            if not note.exists():
                webp = to_webp(png)
                name = f"{hashlib.sha256(webp).hexdigest()[:20]}.webp"
                (folder / name).write_bytes(webp)
                note.write_text(name, encoding="utf-8")
            path = folder / note.read_text(encoding="utf-8")
            node["uri"] = str(path)
            node["candidates"] = {"*": str(path)}
            with Image.open(io.BytesIO(png)) as image:
                node["pixels"] = image.size
            self.env.images.add_file(self.env.docname, str(path))


def visit_image(translator, node):
    """换过的图自己写标签：docutils 把宽高写成样式，浏览器只凭标签上的宽高预留地方。"""
    if "pixels" not in node:
        type(translator).visit_image(translator, node)
        return
    images = translator.builder.images
    width, height = node["pixels"]
    attributes = {
        "src": f"{translator.builder.imgpath}/{images[node['uri']]}",
        "alt": node.get("alt", ""),
        "width": node.get("width", str(width)).removesuffix("px"),
        "height": node.get("height", str(height)).removesuffix("px"),
        "loading": "lazy",
        "decoding": "async",
    }
    translator.body.append(translator.emptytag(node, "img", "\n", **attributes))


def depart_image(translator, node):
    """标签没有结尾。"""


def setup(app):
    """Sphinx 扩展的入口。"""
    app.add_node(nodes.image, override=True, html=(visit_image, depart_image))
    app.add_post_transform(LeanImages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
