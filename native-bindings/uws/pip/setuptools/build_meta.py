"""Answers pip's question for a package's metadata.

`pip download` asks it of each source package, also if nothing will be built. The real setuptools
would run the package's setup.py, and pip would first install a setuptools without a checked hash.
"""
from pathlib import Path


class Backend:
    def get_requires_for_build_wheel(self, config_settings=None):
        return []

    def prepare_metadata_for_build_wheel(self, metadata_directory, config_settings=None):
        # Where pip calls a backend is the package's folder. The package states its name and version.
        stated = Path("PKG-INFO").read_text(encoding="utf-8").splitlines()
        fields = dict(line.split(": ", 1) for line in stated[: stated.index("")] if ": " in line)
        folder = f"{fields['Name']}-{fields['Version']}.dist-info"
        lines = [f"{name}: {fields[name]}" for name in ("Metadata-Version", "Name", "Version")]
        (Path(metadata_directory) / folder).mkdir()
        (Path(metadata_directory) / folder / "METADATA").write_text("\n".join(lines) + "\n")
        return folder


__legacy__ = Backend()
