"""LimitNet: pictures from very weak cameras over very weak links, recognised before they are complete.

    packets = limitnet.encode("photo.jpg", mtu=51, max_bytes=600)
    receiver = limitnet.Receiver()
    for counter, packet in enumerate(packets):
        image = receiver.push(packet, device=1, counter=counter)
    picture = image.decode()                              # numpy, 224 x 224 x 3 bytes, for people
    limitnet.Vision().classify(image.decode(eyes=False), top=5)

This is the C library; its headers (limitnet/cloud.h, device.h, core.h) explain each part in depth. Pictures are numpy
arrays of height x width x 3 bytes (RGB), PIL images, or paths; images and files are turned as their EXIF orientation
says. What the library refuses raises `Error` with its one line. While pictures are encoded, decoded and looked at,
other Python threads run.
"""

from limitnet import transforms
from limitnet._limitnet import ffi, lib
from limitnet.camera import Camera, encode, share_for_loss
from limitnet.decoder import Decoder
from limitnet.errors import ArgumentError, Error, Status
from limitnet.link import Loss
from limitnet.model import DEFAULT_MODEL, Model
from limitnet.picture import Picture, Pixels, picture_read, picture_resize, picture_write_png
from limitnet.receiver import Image, ImageInfo, Receiver, ReceiverInfo, Traffic
from limitnet.stream import (
    Feedback,
    PacketHeader,
    Stream,
    feedback_read,
    feedback_write,
    packet_peek,
)
from limitnet.vision import Class, Object, Vision

__version__: str = ffi.string(lib.ln_version()).decode()

__all__ = [
    "DEFAULT_MODEL",
    "ArgumentError",
    "Camera",
    "Class",
    "Decoder",
    "Error",
    "Feedback",
    "Image",
    "ImageInfo",
    "Loss",
    "Model",
    "Object",
    "PacketHeader",
    "Picture",
    "Pixels",
    "Receiver",
    "ReceiverInfo",
    "Status",
    "Stream",
    "Traffic",
    "Vision",
    "encode",
    "feedback_read",
    "feedback_write",
    "packet_peek",
    "picture_read",
    "picture_resize",
    "picture_write_png",
    "share_for_loss",
    "transforms",
]
