"""A model's configuration: one TOML file describes encoder, quantiser, order, decoder and training.

A file may name another file as its `base` and give only the differences: tables are merged key by key, lists are replaced. With other phases it
also has a [vision] of its own, or none."""

import pathlib
import tomllib
from dataclasses import dataclass, field


@dataclass
class Stage:
    kernel: int
    stride: int
    padding: int
    outputs: int
    pass_: int
    relu: bool
    symmetric: bool = False   # kernels are even or odd along both axes
    half_chroma: bool = False # kernels see chroma at half the resolution

    @property
    def latent(self):
        """Number of latent channels of this stage."""
        return self.outputs - self.pass_


@dataclass
class Map:
    kind: str                 # "activity", "saliency" or "none"
    stage: int = 0            # saliency: the branch reads its outputs
    outputs: list[int] = field(default_factory=list)     # saliency: of each layer of the branch


@dataclass
class Phase:
    loss: str                 # "reconstruction", "recognition", "texture"; "saliency" (the branch alone) or "vision" (the vision model alone)
    pictures: int
    crop: int
    batch: int
    rate: float
    encoder: bool = True      # False: encoder and saliency branch are frozen
    price: bool = True        # False: bits cost the encoder nothing, as in the paper


@dataclass
class Vision:
    """What is shipped of the vision model that a phase trains; `validate` says what is best."""
    share: float              # of its weights in the average with the original's, above 0, at most 1
    below: int                # bytes received from which on the original looks; 0: never


@dataclass
class Budget:
    """How many bytes a picture is worth."""
    train_kb: tuple[float, float] = (0.12, 6.0)                     # training draws between these
    judge_bytes: tuple[int, ...] = (150, 300, 600, 1200, 2500, 4000, 6000)      # `validate` looks at these


@dataclass
class Config:
    name: str
    seed: int
    width: int
    height: int
    stages: list[Stage]
    map: Map
    planes: list[int]         # per stage, at most; channels of small values get fewer
    base_limit: list[int]     # per stage: largest base symbol of channels that need more than these planes
    rounding: int             # 1/256 of a finest step
    gain: float
    weight: int               # of the class in the order; 0: planes are sent whole, in a fitted order
    gradual: float | None     # G of the paper; None: the order is fitted
    decoder_width: int        # 0: the decoder is linear
    decoder_blocks: int
    eyes: bool                # the decoder is for people: export writes eyes.onnx beside an encoder that is there
    budget: Budget = field(default_factory=Budget)
    vision: Vision | None = None
    classifier: str | None = None   # the model of models/ whose vision/ recognises the pictures; None: EfficientNet-Lite0 for ImageNet
    start: str | None = None  # the model of checkpoints/ that this one begins as (inherit.py)
    phases: list[Phase] = field(default_factory=list)


def merged(base, own):
    """`base`, overridden by `own`."""
    result = dict(base)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def read(path):
    """The content of a file on top of its base, whose path is relative to the file."""
    with open(path, "rb") as f:
        try:
            own = tomllib.load(f)
        except tomllib.TOMLDecodeError as wrong:
            raise ValueError(f"{path}: {wrong}") from None
    if "base" not in own:
        return own
    base = read(pathlib.Path(path).parent / own.pop("base"))
    if "phase" in own:
        base.pop("vision", None)        # it speaks of a vision model that the base's phases train
    return merged(base, own)


def load(path):
    """Reads a configuration. Raises ValueError with one clear line if it is wrong."""
    t = read(path)
    try:
        stages = [Stage(s["kernel"], s["stride"], s["padding"], s["outputs"], s["pass"], s["relu"], s.get("symmetric", False),
                        s.get("half_chroma", False)) for s in t["stage"]]
        q, o = t["quantiser"], t.get("order", {})
        config = Config(
            name=t["name"], seed=t["seed"], width=t["width"], height=t["height"], stages=stages,
            map=Map(**t["map"]),
            planes=q["planes"], base_limit=q["base_limit"], rounding=q["rounding"], gain=q["gain"],
            weight=o.get("weight", 0), gradual=o.get("gradual"),
            decoder_width=t["decoder"]["width"], decoder_blocks=t["decoder"]["blocks"], eyes=t["decoder"].get("eyes", False),
            budget=Budget(**{k: tuple(v) for k, v in t.get("budget", {}).items()}),
            vision=Vision(v["share"], v["below"]) if (v := t.get("vision")) else None, classifier=t.get("classifier"), start=t.get("start"),
            phases=[Phase(**p) for p in t.get("phase", [])])
    except KeyError as missing:
        raise ValueError(f"{path}: {missing} is missing") from None
    except TypeError as wrong:
        raise ValueError(f"{path}: {wrong}") from None
    if stages[-1].pass_ != 0:
        raise ValueError(f"{path}: the last stage must pass nothing on")
    if not (len(config.planes) == len(config.base_limit) == len(stages)):
        raise ValueError(f"{path}: [quantiser] needs one entry of planes and base_limit per stage")
    if config.map.kind not in ("activity", "saliency", "none"):
        raise ValueError(f'{path}: the kind of the map is "activity", "saliency" or "none", not "{config.map.kind}"')
    if (config.map.kind == "saliency") != bool(config.map.outputs):
        raise ValueError(f"{path}: a saliency map, and no other, has outputs")
    if (config.gradual is None) != (config.weight == 0):
        raise ValueError(f"{path}: [order] needs both gradual and weight, or neither")
    if config.map.kind != "saliency" and any(p.loss == "saliency" for p in config.phases):
        raise ValueError(f"{path}: a phase for saliency needs a saliency map")
    if any(p.loss == "vision" and p.encoder for p in config.phases):
        raise ValueError(f"{path}: a phase for the vision model needs encoder = false: it follows what the encoder sends")
    if config.classifier and any(p.loss == "vision" for p in config.phases):
        raise ValueError(f"{path}: a phase for the vision model trains EfficientNet-Lite0 for ImageNet, not the classifier {config.classifier}")
    if config.vision and not any(p.loss == "vision" for p in config.phases):
        raise ValueError(f'{path}: [vision] needs a phase with loss = "vision"')
    if config.vision and not (0 < config.vision.share <= 1 and isinstance(config.vision.below, int) and config.vision.below >= 0):
        raise ValueError(f"{path}: [vision] needs a share above 0, at most 1, and a whole number of bytes, below")
    return config
