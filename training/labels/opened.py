"""The network that looks at photographs for the commands of this folder."""

from pathlib import Path

from inference.network.bundle import default_bundle_folder, load_bundle
from inference.network.session import Network


def open_network(bundle: Path | None, threads: int) -> Network:
    """The network of a bundle folder, the newest when None. Raises BundleError."""
    return Network(load_bundle(bundle or default_bundle_folder()), threads)
