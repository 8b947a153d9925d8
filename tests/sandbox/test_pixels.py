"""Every setting of every model shows in the pixels, nothing else does, and the result says what made it."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.sandbox.conftest import SMALL, Client
from tests.support.catalogue import packaged_catalogue
from tests.support.pictures import encode, write
from topazdesk.domain.catalogue import Model
from topazdesk.domain.geometry import Size
from topazdesk.domain.image import FileFormat
from topazdesk.domain.params import Parameter, ParameterKind, Value
from topazdesk.media.render import render
from topazdesk.sandbox.autopilot import all_settings
from topazdesk.sandbox.models import CATEGORIES
from topazdesk.sandbox.pixelwork import steps_for

MODELS = sorted(packaged_catalogue(), key=lambda m: m.name)
SIZE = Size(72, 48)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("pixels") / "scene.png", FileFormat.PNG, 48, 32)


def _pixels(endpoint: str, model: str, values: dict[str, Value], picture: Path) -> bytes:
    target = picture.with_name("out.png")
    steps = steps_for(endpoint, model, values, SIZE, crop_to_fill=False)
    render(picture, target, SIZE, FileFormat.PNG, steps)
    with Image.open(target) as image:
        return image.tobytes()


def _others(parameter: Parameter) -> Iterator[Value]:
    """Two or more different values across the range."""
    match parameter.kind:
        case ParameterKind.BOOLEAN:
            yield from (False, True)
        case ParameterKind.CHOICE:
            yield from parameter.choices
        case ParameterKind.TEXT | ParameterKind.URI:
            yield from ("https://example.com/a", "https://example.com/b")
        case ParameterKind.INTEGER | ParameterKind.NUMBER:
            low, high = parameter.minimum or 0.0, parameter.maximum or 1.0
            found = [low + (high - low) * share for share in (0.1, 0.9)]
            yield from (round(v) for v in found) if parameter.kind is ParameterKind.INTEGER else found


def _alike(model: Model, parameter: Parameter) -> tuple[object, ...]:
    """Equal for settings that are worked off by the same lines: those of one page, but for the model that colours."""
    colours = model.api_model == "Colorize"
    return model.endpoint, parameter.name, parameter.range_identity, parameter.shown_when, colours


SETTINGS = {_alike(model, parameter): (model, parameter) for model in MODELS for parameter in model.parameters}


@pytest.mark.parametrize("endpoint", sorted({model.endpoint for model, _ in SETTINGS.values()}))
def test_every_value_of_every_setting_gives_another_picture(endpoint: str, picture: Path) -> None:
    for model, parameter in SETTINGS.values():
        if model.endpoint == endpoint:
            _moves(model, parameter, picture)


def _moves(model: Model, parameter: Parameter, picture: Path) -> None:
    seen, wanted = set(), list(_others(parameter))
    for value in wanted:
        chosen: dict[str, Value] = {parameter.name: value}
        if parameter.shown_when is not None:
            chosen[parameter.shown_when.name] = parameter.shown_when.value
        settings = all_settings(model, model.parameters.to_send(chosen), "a digest")
        seen.add(_pixels(model.endpoint, model.api_model, settings, picture))
    assert len(seen) == len(wanted), (model.name, parameter.name)


def test_each_model_gives_another_picture_from_the_same_source(picture: Path) -> None:
    seen = {_pixels(m.endpoint, m.api_model, all_settings(m, {}, "x"), picture) for m in MODELS}
    assert len(seen) == len(MODELS)


@pytest.mark.parametrize("endpoint", CATEGORIES)
def test_settings_of_models_to_come_show_too(endpoint: str, picture: Path) -> None:
    """A model that this code has never heard of, with a setting it has no word for."""
    seen = {_pixels(endpoint, "Wonder 9", {"sparkle": v}, picture) for v in (0.1, 0.2, 5)}
    assert len(seen) == 3
    assert _pixels(endpoint, "Wonder 9", {"sparkle": 5}, picture) in seen, "and the same value gives the same picture"


@pytest.mark.parametrize(
    ("endpoint", "settings"),
    [
        (
            "restore-gen",
            {"grain": True, "grain_model": "silver rich", "grain_strength": 60, "grain_density": 30, "grain_size": 2},
        ),
        ("enhance-gen", {"enhancement_strength": "high", "grain": True, "grain_model": "grey", "grain_strength": 0.5}),
        ("enhance-gen", {"color_preservation": False, "seed": 7}),
        ("lighting", {"color_correction": True, "exposure": 1.4, "saturation": 0.2, "opacity": 0.5}),
        ("matting", {"mode": "alpha"}),
        ("tool", {}),
    ],
)
def test_published_settings_of_further_models_are_understood(
    endpoint: str, settings: dict[str, Value], picture: Path
) -> None:
    assert _pixels(endpoint, "Any", settings, picture) != _pixels(endpoint, "Any", {"exposure": 0.7}, picture)


def test_a_prompt_chooses_a_pattern_and_autoprompt_overrules_it(picture: Path) -> None:
    base: dict[str, Value] = {"creativity": 3, "texture": 2}

    def made(**more: Value) -> bytes:
        return _pixels("enhance-gen", "Redefine", {**base, **more}, picture)

    assert made(prompt="a lake") == made(prompt="a lake")
    assert made(prompt="a lake") != made(prompt="a forest")
    assert made(prompt="a lake", autoprompt=True) == made(prompt="a forest", autoprompt=True)


@pytest.mark.parametrize(
    ("word", "found"), [("jpeg", "JPEG"), ("jpg", "JPEG"), ("png", "PNG"), ("tif", "TIFF"), ("tiff", "TIFF")]
)
def test_the_file_has_the_promised_format_and_size_and_says_sandbox(shared: Client, word: str, found: str) -> None:
    status = shared.done(image=SMALL, output_format=word, output_width="300")
    data = shared.result(status["process_id"])
    with Image.open(BytesIO(data)) as image:
        assert image.format == found
        assert image.size == (300, 200) == (status["output_width"], status["output_height"])
    assert b"topazdesk sandbox" in data
    assert status["output_format"] == {"JPEG": "jpeg", "PNG": "png", "TIFF": "tiff"}[found]


def test_the_default_format_is_jpeg(shared: Client) -> None:
    assert shared.done(image=encode(FileFormat.PNG, 40, 30))["output_format"] == "jpeg"


def test_another_aspect_is_letterboxed_or_cropped(shared: Client) -> None:
    white = BytesIO()
    Image.new("RGB", (90, 30), "white").save(white, "PNG")
    fields = {"image": white.getvalue(), "output_width": "90", "output_height": "90", "output_format": "png"}
    boxed = shared.result(shared.done(**fields)["process_id"])
    filled = shared.result(shared.done(**fields, crop_to_fill="true")["process_id"])
    with Image.open(BytesIO(boxed)) as image:
        assert max(image.convert("L").getpixel((5, 5)), 0) < 40  # type: ignore[type-var]
    with Image.open(BytesIO(filled)) as image:
        assert image.convert("L").getpixel((5, 5)) > 200  # type: ignore[operator]


def test_a_rotated_picture_comes_back_upright(shared: Client) -> None:
    """The sandbox's choice: the orientation in the EXIF data is applied, sizes are upright sizes."""
    status = shared.done(image=encode(width=90, height=60, orientation=6), output_width="120")
    assert (status["input_width"], status["input_height"]) == (60, 90)
    assert (status["output_width"], status["output_height"]) == (120, 180)
