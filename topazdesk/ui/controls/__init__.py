"""Controls of the window: painted from the theme's tokens, operable by keyboard, with accessible names."""

from typing import TYPE_CHECKING

from topazdesk.ui.runtime.on_demand import on_demand

if TYPE_CHECKING:
    from topazdesk.ui.controls.badge import Badge, Chip, KeyCap, badge_width, badge_word, paint_badge
    from topazdesk.ui.controls.button import Button, IconButton, PaintedButton
    from topazdesk.ui.controls.check import CheckBox, RadioButton
    from topazdesk.ui.controls.choice import Choice
    from topazdesk.ui.controls.dressed import ListView, Menu, ScrollArea, Splitter, TextBox, dress, thin_bars
    from topazdesk.ui.controls.hint import Hint
    from topazdesk.ui.controls.label import ElidedLabel, HelpLine, SteppedLabel, Surface, Text
    from topazdesk.ui.controls.line_field import LineField
    from topazdesk.ui.controls.notice import Notice, NoticeAction, NoticeBar
    from topazdesk.ui.controls.number_field import NumberField
    from topazdesk.ui.controls.progress import ProgressLine
    from topazdesk.ui.controls.section import SectionHead
    from topazdesk.ui.controls.segmented import Option, Segmented
    from topazdesk.ui.controls.sheet import Sheet
    from topazdesk.ui.controls.slider import Slider
    from topazdesk.ui.controls.switch import Switch
    from topazdesk.ui.controls.toast import Toast, ToastPlace
else:
    __getattr__ = on_demand(
        __name__,
        {
            "Badge": "badge",
            "Button": "button",
            "CheckBox": "check",
            "Chip": "badge",
            "Choice": "choice",
            "ElidedLabel": "label",
            "HelpLine": "label",
            "Hint": "hint",
            "IconButton": "button",
            "KeyCap": "badge",
            "LineField": "line_field",
            "ListView": "dressed",
            "Menu": "dressed",
            "Notice": "notice",
            "NoticeAction": "notice",
            "NoticeBar": "notice",
            "NumberField": "number_field",
            "Option": "segmented",
            "PaintedButton": "button",
            "ProgressLine": "progress",
            "RadioButton": "check",
            "ScrollArea": "dressed",
            "SectionHead": "section",
            "Segmented": "segmented",
            "Sheet": "sheet",
            "Slider": "slider",
            "Splitter": "dressed",
            "SteppedLabel": "label",
            "Surface": "label",
            "Switch": "switch",
            "Text": "label",
            "TextBox": "dressed",
            "Toast": "toast",
            "ToastPlace": "toast",
            "badge_width": "badge",
            "badge_word": "badge",
            "dress": "dressed",
            "paint_badge": "badge",
            "thin_bars": "dressed",
        },
    )

__all__ = [
    "Badge",
    "Button",
    "CheckBox",
    "Chip",
    "Choice",
    "ElidedLabel",
    "HelpLine",
    "Hint",
    "IconButton",
    "KeyCap",
    "LineField",
    "ListView",
    "Menu",
    "Notice",
    "NoticeAction",
    "NoticeBar",
    "NumberField",
    "Option",
    "PaintedButton",
    "ProgressLine",
    "RadioButton",
    "ScrollArea",
    "SectionHead",
    "Segmented",
    "Sheet",
    "Slider",
    "Splitter",
    "SteppedLabel",
    "Surface",
    "Switch",
    "Text",
    "TextBox",
    "Toast",
    "ToastPlace",
    "badge_width",
    "badge_word",
    "dress",
    "paint_badge",
    "thin_bars",
]
