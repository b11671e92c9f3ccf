"""One file a model: its sizes, its schedule, where its pictures come from. The stages read nothing else."""

from . import illustrations, pages, typewriter
from .base import Model

MODELS: dict[str, type[Model]] = {
    "illustrations": illustrations.Illustrations,
    "typewriter": typewriter.Typewriter,
    "pages": pages.Pages,
}
