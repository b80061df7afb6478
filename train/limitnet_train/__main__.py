"""python -m limitnet_train COMMAND ...   (see README.md in train/)"""

import argparse
import sys

import torch

MOST_CHANGE = 0.1            # points that the export may change the agreement by


def add_trained(commands, name, text, what, where):
    """A command that needs a training run: what is trained (`what`, explained by `where`), on which pictures, in which folder."""
    p = commands.add_parser(name, help=text)
    p.add_argument(what, help=where)
    p.add_argument("packed", help="folder that pack wrote")
    p.add_argument("out", help="folder of checkpoint and log")
    p.add_argument("--threads", type=int, default=1)
    return p


def main():
    parser = argparse.ArgumentParser(prog="limitnet_train", description="Trains LimitNet models.")
    commands = parser.add_subparsers(dest="command", required=True)
    p = commands.add_parser("pack", help="pack folders of training pictures, once")
    p.add_argument("packed", help="folder to write")
    p.add_argument("sources", nargs="+", metavar="NAME=FOLDER", help="a folder of pictures, or one with images/ and masks/")
    p.add_argument("--side", type=int, default=224, help="of the packed squares: that of the models' pictures")
    for name, text in (("train", "train or resume"), ("validate", "agreement with the classifier on held-out training pictures"),
                       ("export", "write encoder.lnm and decoder.onnx, or eyes.onnx"),
                       ("keep", "write a small checkpoint: averaged weights in 8 and 16 bits, no optimiser's state")):
        p = add_trained(commands, name, text, "config", "configs/NAME.toml")
        if name == "validate":
            p.add_argument("--limit", type=int, default=500, help="pictures")
            p.add_argument("--loss", type=float, default=0.0, help="probability that a packet is lost")
            p.add_argument("--float", action="store_true", help="without rounding of weights and activations")
            p.add_argument("--exported", metavar="MODEL", help="a folder that export wrote: print what its stored weights change, and fail if that is more than 0.1 points")
            p.add_argument("--against", nargs=2, metavar=("CONFIG", "OUT"), help="another model: also print how many points this one is better, with 95 %% intervals")
        if name == "export":
            p.add_argument("model", help="folder of the model, as models/NAME")
        if name == "keep":
            p.add_argument("checkpoint", help="file to write, as checkpoints/NAME.pt")
    for name, text in (("peer", "train or resume a peer"), ("peer-validate", "the same agreement for a peer"), ("peer-export", "write a peer's networks and tables")):
        p = add_trained(commands, name, text, "name", "configs/peers/NAME.toml")
        if name == "peer-validate":
            p.add_argument("--limit", type=int, default=500, help="pictures")
        if name == "peer-export":
            p.add_argument("model", help="folder of the peer, as lab/models/peers/NAME")
    for name, text in (("rival", "train or resume the vision model of a rival"),
                       ("rival-export", "write the average of it that is best on held-out training pictures")):
        p = add_trained(commands, name, text, "name", "a codec of the laboratory: shrink+webp or avif")
        if name == "rival-export":
            p.add_argument("vision", help="folder to write, as models/NAME/vision")
            p.add_argument("--limit", type=int, default=500, help="pictures")
    for name, text in (("cifar", "train or resume the classifier of small pictures"), ("cifar-export", "write it as the vision model of a model"),
                       ("cifar-lossy", "train it on for pictures as codecs leave them"),
                       ("cifar-lossy-export", "write the average with what it began as that is best on held-out training pictures")):
        p = commands.add_parser(name, help=text)
        p.add_argument("pictures", help="the training half of CIFAR-100, as lab/tools/cifar.py writes it")
        p.add_argument("out", help="folder of checkpoint and log")
        p.add_argument("--threads", type=int, default=1)
        if "lossy" in name:
            p.add_argument("config", help="configs/NAME.toml of the model whose classifier it is")
            p.add_argument("run", help="folder in which that model was trained")
        if "export" in name:
            p.add_argument("vision", help="folder to write, as models/NAME/vision")
    p = commands.add_parser("entropy", help="bits a value by tables, by Huffman and in packets, on held-out training pictures")
    p.add_argument("packed", help="folder that pack wrote")
    p.add_argument("model", help="an encoder.lnm")
    p.add_argument("--limit", type=int, default=50, help="pictures")
    p = commands.add_parser("compact", help="store an ONNX file's weights in 8 and 16 bits, as export does")
    p.add_argument("files", nargs="+", metavar="FILE", help="rewritten in place")
    args = parser.parse_args()
    try:
        return run(args)
    except (ValueError, OSError) as problem:
        print(f"limitnet_train: {problem}", file=sys.stderr)
        return 1


def run(args):
    if args.command in ("train", "validate", "peer", "peer-validate", "rival", "rival-export", "cifar", "cifar-lossy"):
        from . import device
        device.choose()
    if args.command == "pack":
        from .data import pack
        for source in args.sources:
            name, equals, folder = source.partition("=")
            if not (name and equals):
                raise ValueError(f"{source}: give each folder a name, as in duts=DUTS-TR")
            pack(name, folder, args.packed, args.side)
        return 0
    if args.command == "compact":
        from .compact import compact
        for file in args.files:
            compact(file)
        return 0
    if args.command == "entropy":
        return entropy(args)
    if args.command.startswith("peer"):
        return peer(args)
    if args.command.startswith("rival"):
        return rival(args)
    if args.command.startswith("cifar"):
        return cifar(args)
    from .config import load
    from .trainer import Trainer
    torch.set_num_threads(args.threads)
    trainer = Trainer(load(args.config), args.packed, args.out)
    if args.command == "train":
        return 0 if trainer.run() else 3
    if args.command == "export":
        from .export import FIT_PICTURES, export, export_eyes
        if trainer.config.eyes:
            export_eyes(trainer.model, args.model)
            return 0
        vision = trainer.has_vision()
        if vision and not trainer.config.vision:
            raise ValueError(f"{args.config}: which average of the vision model? `validate` says what is best; write it as [vision] share and below")
        export(trainer.model, trainer.pictures.whole(FIT_PICTURES), args.model, vision)
        return 0
    if args.command == "keep":
        from .checkpoint import keep
        keep(trainer, args.checkpoint)
        return 0
    return validate(args, trainer)


def validate(args, trainer):
    from .config import load
    from .trainer import Trainer
    from .classifier import classifier_of
    from .validate import adapted, agreement, difference, fidelity
    pictures, budgets = trainer.pictures.validation(args.limit), trainer.config.budget.judge_bytes

    def judged(model, classifiers):
        model.encoder.set_integer(not args.float)
        return agreement(model, classifiers, pictures, budgets, args.loss)

    trainer.model.swap_average()
    if trainer.config.eyes:
        for n, (psnr, likeness) in zip(budgets, fidelity(trainer.model, pictures, budgets).tolist()):
            print(f"{n:6d} B  {psnr:5.2f} dB  MS-SSIM {likeness:.4f}")
        return 0
    if args.exported:
        return compare_exported(args, trainer, judged)
    same, psnr = judged(trainer.model, adapted(trainer.model) if trainer.has_vision() else [classifier_of(trainer.config)])
    other = None
    if args.against:
        compared = Trainer(load(args.against[0]), args.packed, args.against[1]).model
        compared.swap_average()
        other = judged(compared, [classifier_of(trainer.config)])[0][0]
    for i, n in enumerate(budgets):
        line = f"{n:6d} B  {100 * same[0, i].double().mean():5.1f} %  {psnr[i]:5.2f} dB"
        if other is not None:
            line += "  {:+5.1f} points ({:+.1f} to {:+.1f})".format(*(100 * d for d in difference(same[0, i], other[i])))
        print(line + adapted_cells(same[:, i]))
    if len(same) > 1:
        print_best(same, budgets)
    return 0


def compare_exported(args, trainer, judged):
    """Prints how many points the exported files keep more or less than the trained network."""
    from .classifier import blended, classifier_of
    from .device import whole_floats
    from .export import ExportDecoder, ExportVision, read_weights
    whole_floats()            # as shipped models compute; bfloat16 would hide what stored weights change
    model, vision = trainer.model, trainer.config.vision if trainer.has_vision() else None
    classifiers = [classifier_of(trainer.config)] + ([blended(model.modules["vision"], vision.share)] if vision else [])
    trained = judged(model, classifiers)[0].double().mean(2)
    args.float = False
    read_weights(f"{args.exported}/decoder.onnx", ExportDecoder(model.decoder))
    for adapted in classifiers[1:]:
        read_weights(f"{args.exported}/vision/vision.onnx", ExportVision(adapted))
    points = 100 * (judged(model, classifiers)[0].double().mean(2) - trained)
    for i, n in enumerate(trainer.config.budget.judge_bytes):
        print(f"{n:6d} B" + "".join(f"  {name} {points[k, i]:+.2f}" for k, name in enumerate(("frozen", "adapted")[:len(points)])) + " points")
    worst = float(points.mean(1).abs().max())
    print(f"on average over the sizes: {worst:.2f} points")
    return 0 if worst <= MOST_CHANGE else 1


def adapted_cells(same):
    """What the averages of the vision model keep at one budget, by share, with the best of all."""
    from .validate import SHARES
    kept = (100 * same.double().mean(1)).tolist()
    if len(kept) == 1:
        return ""
    shown = "".join(f"  {share:g}: {k:.1f}" for share, k in zip(SHARES[1:], kept[1:]))
    return f"  adapted{shown} %  best {SHARES[kept.index(max(kept))]:g}"


def print_best(same, budgets):
    from .validate import best
    share, below = best(same, budgets)
    print(f"one average for all: share = {share:g}, below = {below}" + ("" if below else " (the original never keeps as much)"))


def peer(args):
    from .peers.config import configuration, load
    from .peers.training import PeerTrainer
    torch.set_num_threads(args.threads)
    trainer = PeerTrainer(load(configuration(args.name)), args.packed, args.out)
    if args.command == "peer":
        return 0 if trainer.run() else 3
    if args.command == "peer-export":
        from .peers.export import FIT_PICTURES, export
        print(f"{args.model}: {export(trainer, trainer.pictures.whole(FIT_PICTURES), args.model)}")
        return 0
    from .peers.validate import agreement
    for n, share, psnr in agreement(trainer, trainer.pictures.validation(args.limit)):
        print(f"{n:6d} B  {100 * share:5.1f} %  {psnr:5.2f} dB")
    return 0


def rival(args):
    import pathlib

    from .config import Vision
    from .export import write_vision
    from .rivals import RivalTrainer, agreement
    from .validate import best
    torch.set_num_threads(args.threads)
    trainer = RivalTrainer(args.name, args.packed, args.out)
    if args.command == "rival":
        return 0 if trainer.run() else 3
    trainer.model.swap_average()
    same, psnr = agreement(trainer, trainer.pictures.validation(args.limit))
    budgets = trainer.config.budget.judge_bytes
    for i, n in enumerate(budgets):
        print(f"{n:6d} B  {100 * same[0, i].double().mean():5.1f} %  {psnr[i]:5.2f} dB{adapted_cells(same[:, i])}")
    print_best(same, budgets)
    trainer.config.vision = Vision(*best(same, budgets))
    write_vision(trainer.model, pathlib.Path(args.vision))
    return 0


def cifar(args):
    from . import cifar as plain, lossy
    from .config import load
    torch.set_num_threads(args.threads)
    if "lossy" in args.command:
        trainer, export = lossy.LossyTrainer(args.pictures, args.out, load(args.config), args.run), lossy.export
    else:
        trainer, export = plain.CifarTrainer(args.pictures, args.out), plain.export
    if "export" not in args.command:
        return 0 if trainer.run() else 3
    export(trainer, args.vision)
    return 0


def entropy(args):
    import pathlib

    from .data import Pictures
    from .entropy import FIRST_BYTES, StaticTables, measure, saving
    from .modelfile import read
    from .planes import LARGE_PACKET, SMALL_PACKET
    data = pathlib.Path(args.model).read_bytes()
    model = read(data)
    packed = Pictures(args.packed, model.width)
    pictures, fitted = (x.permute(0, 2, 3, 1).byte().numpy() for x in (packed.validation(args.limit), packed.whole(4 * args.limit)))
    values, ideal, huffman, sent, levels = measure(model, data, pictures)
    print(f"{values} values a picture, {len(pictures)} pictures; bits a value: tables {ideal:.3f}, Huffman of the same tables {huffman:.3f}, "
          f"packets of 242 B with headers {sent:.3f}; map {levels / 8:.1f} B")
    static = StaticTables(model, fitted)
    for payload in (LARGE_PACKET, SMALL_PACKET):
        before, after = saving(model, data, pictures, static, payload)
        print(f"packets of {payload} B: the symbols that static tables send in {FIRST_BYTES} B take {before:.0f} B so and {after:.0f} B as sent, "
              f"{100 * (1 - after / before):.1f} % less")
    return 0


if __name__ == "__main__":
    sys.exit(main())
