"""Age the rendered scenes into the sample pictures: a small blocky one, a blurred one, a scratched scan, a small face.

`python packaging/samples/age.py RENDERS OUT` reads the PNGs rendered from the scenes beside this file (named like the
scenes) and writes the pictures of resources/samples. All random choices have a fixed seed, so a second run gives the
same pictures. Scenes whose PNG is missing are skipped.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps


def grain(size: tuple[int, int], amount: float, softness: float, seed: int) -> Image.Image:
    """Make grey noise around 128 with a spread of `amount` (0–128) levels, blurred over `softness` pixels."""
    rng = random.Random(seed)
    width, height = size
    noise = Image.frombytes("L", size, rng.randbytes(width * height))
    # Blurring narrows the spread; stretch it back so that `amount` means the same at every softness.
    noise = noise.filter(ImageFilter.GaussianBlur(softness)) if softness else noise
    noise = ImageOps.autocontrast(noise, cutoff=0.5)
    return noise.point(lambda level: round(128 + (level - 128) * amount / 128))


def with_grain(picture: Image.Image, amount: float, softness: float, seed: int) -> Image.Image:
    """Add the same grey grain to all channels of `picture`."""
    noise = grain(picture.size, amount, softness, seed)
    layers = [ImageChops.add(band, noise, scale=1, offset=-128) for band in picture.split()]
    return Image.merge(picture.mode, layers)


def small_and_blocky(render: Image.Image) -> Image.Image:
    """Imitate an old phone picture: few pixels and noise; saving it adds the strong compression."""
    small = render.resize((600, 400), Image.Resampling.BICUBIC)
    return with_grain(ImageEnhance.Color(small).enhance(1.08), 9, 0.5, seed=1)


def out_of_focus(render: Image.Image) -> Image.Image:
    """Imitate a lens that focused a little too near."""
    small = render.resize((900, 600), Image.Resampling.LANCZOS)
    # A box blur and a Gaussian together come close to the flat disc of a real lens.
    blurred = small.filter(ImageFilter.BoxBlur(2)).filter(ImageFilter.GaussianBlur(1.7))
    return with_grain(blurred, 5, 0.4, seed=2)


def small_face(render: Image.Image) -> Image.Image:
    """Imitate a head cut out of a larger picture: soft and a little dark."""
    small = render.resize((360, 450), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(0.8))
    return with_grain(ImageEnhance.Brightness(small).enhance(0.94), 8, 0.6, seed=3)


def sepia_scan(render: Image.Image) -> Image.Image:
    """Imitate the scan of a faded print of a glass plate: dust, scratches, a crease and the mount around it."""
    inner = (1020, 680)
    plate = ImageOps.autocontrast(render.convert("L").resize(inner, Image.Resampling.LANCZOS), cutoff=1)
    plate = plate.filter(ImageFilter.GaussianBlur(1.0))
    plate = with_grain(plate, 20, 0.8, seed=4)
    plate = ImageChops.screen(plate, fading(inner))
    plate = scratched(plate)
    toned = ImageOps.colorize(plate, black=(58, 38, 24), mid=(150, 117, 80), white=(240, 224, 190))
    toned = stained(toned)
    return mounted(toned, (1120, 780))


def fading(size: tuple[int, int]) -> Image.Image:
    """Make a map of how much each place has faded: unevenly, and most towards the edges."""
    width, height = size
    glow = Image.new("L", (width // 10, height // 10), 105)
    draw = ImageDraw.Draw(glow)
    draw.ellipse((-8, -4, width // 10 + 2, height // 10 + 8), fill=24)
    glow = glow.filter(ImageFilter.GaussianBlur(9)).resize(size, Image.Resampling.BICUBIC)
    clouds = grain((17, 12), 18, 0, seed=5).resize(size, Image.Resampling.BICUBIC)
    return ImageChops.add(glow, clouds, scale=1, offset=-118)


def scratched(plate: Image.Image) -> Image.Image:
    """Draw fine scratches, dust, hairs and one crease, at four times the size so that they become thin."""
    rng = random.Random(6)
    width, height = plate.size
    zoom = 4
    light = Image.new("L", (width * zoom, height * zoom), 0)
    dark = Image.new("L", (width * zoom, height * zoom), 0)
    draw_light, draw_dark = ImageDraw.Draw(light), ImageDraw.Draw(dark)
    for _ in range(46):  # scratches, mostly in the direction in which the print was pulled from its sleeve
        x, y = rng.uniform(0, width), rng.uniform(-40, height)
        length, lean = rng.uniform(20, 330) * rng.random(), rng.gauss(0, 0.06)
        line = [(x * zoom, y * zoom), ((x + length * lean) * zoom, (y + length) * zoom)]
        draw_light.line(line, fill=rng.randint(70, 220), width=rng.choice((2, 2, 3, 5)))
    for _ in range(520):  # dust
        x, y, size = rng.uniform(0, width), rng.uniform(0, height), min(2.6, rng.expovariate(2.2) + 0.25)
        box = [(x - size) * zoom, (y - size) * zoom, (x + size) * zoom, (y + size * rng.uniform(0.6, 1.3)) * zoom]
        (draw_light if rng.random() < 0.7 else draw_dark).ellipse(box, fill=rng.randint(90, 235))
    for _ in range(9):  # hairs
        x, y, turn = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0, 360)
        radius = rng.uniform(8, 34)
        box = [(x - radius) * zoom, (y - radius) * zoom, (x + radius) * zoom, (y + radius) * zoom]
        (draw_light if rng.random() < 0.6 else draw_dark).arc(box, turn, turn + rng.uniform(40, 130), fill=170, width=3)
    crease = crease_points(rng, width, height)
    points = [(x * zoom, y * zoom) for x, y in crease]
    draw_light.line(points, fill=215, width=7, joint="curve")
    draw_dark.line([(x + 8, y + 7) for x, y in points], fill=110, width=5, joint="curve")
    light, dark = (layer.resize(plate.size, Image.Resampling.BOX) for layer in (light, dark))
    return ImageChops.subtract(ImageChops.screen(plate, light), dark)


def crease_points(rng: random.Random, width: int, height: int) -> list[tuple[float, float]]:
    """Return the points of a crease where the upper right corner was once folded."""
    steps = 40
    start, end = (width * 0.76, -5.0), (width + 5.0, height * 0.33)
    return [
        (
            start[0] + (end[0] - start[0]) * step / steps + rng.gauss(0, 1.1),
            start[1] + (end[1] - start[1]) * step / steps + rng.gauss(0, 1.1),
        )
        for step in range(steps + 1)
    ]


def stained(toned: Image.Image) -> Image.Image:
    """Draw two water stains and some foxing."""
    rng = random.Random(8)
    width, height = toned.size
    mask = Image.new("L", toned.size, 0)
    draw = ImageDraw.Draw(mask)
    draw.ellipse((-150, height - 190, 190, height + 130), fill=46)
    draw.ellipse((-160, height - 170, 172, height + 120), fill=22)
    for _ in range(26):
        x, y, size = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(1.5, 6)
        draw.ellipse((x - size, y - size, x + size, y + size), fill=rng.randint(25, 80))
    mask = mask.filter(ImageFilter.GaussianBlur(2.2))
    return Image.composite(Image.new("RGB", toned.size, (126, 82, 40)), toned, mask)


def mounted(toned: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Put the print on its card, slightly tilted on the scanner."""
    card = with_grain(Image.new("RGB", size, (221, 207, 176)), 9, 1.2, seed=9)
    left, top = (size[0] - toned.width) // 2, (size[1] - toned.height) // 2
    draw = ImageDraw.Draw(card)
    draw.rectangle(
        (left - 9, top - 9, left + toned.width + 8, top + toned.height + 8), outline=(168, 146, 108), width=1
    )
    card.paste(toned, (left, top))
    turned = card.rotate(0.5, Image.Resampling.BICUBIC, fillcolor=(206, 192, 162))
    return turned.crop((6, 6, size[0] - 6, size[1] - 6))


# Sample → its scene, the function that ages it, and its JPEG quality.
SAMPLES: dict[str, tuple[str, Callable[[Image.Image], Image.Image], int]] = {
    "mountain-lake.jpg": ("mountain-lake", small_and_blocky, 27),
    "still-life.jpg": ("still-life", out_of_focus, 84),
    "high-street-1911.jpg": ("high-street", sepia_scan, 88),
    "statue.jpg": ("statue", small_face, 62),
}


def main(renders: Path, out: Path) -> None:
    """Write every sample whose rendered scene exists."""
    out.mkdir(parents=True, exist_ok=True)
    for name, (scene, age, quality) in SAMPLES.items():
        source = renders / f"{scene}.png"
        if not source.exists():
            print(f"{name}: no {source.name}, left out")
            continue
        with Image.open(source) as render:
            aged = age(render.convert("RGB"))
        aged.save(out / name, quality=quality, subsampling="4:2:0", optimize=True)
        print(f"{name}: {aged.width} × {aged.height}, {(out / name).stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
