"""The notebook is stored without outputs and runs on the demo's store."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01_a_week.ipynb"


def test_it_is_stored_without_outputs():
    cells = nbformat.read(NOTEBOOK, as_version=4).cells

    assert all(not cell.get("outputs") and not cell.get("execution_count") for cell in cells)


@pytest.mark.slow
# The kernel speaks plain TCP on loopback and says so; asyncio's loop is the kernel client's own.
@pytest.mark.filterwarnings("ignore")
def test_it_counts_the_week_as_the_report_does(demo_out: Path, tmp_path: Path):
    (tmp_path / "demo-out").symlink_to(demo_out)
    notebook = nbformat.read(NOTEBOOK, as_version=4)

    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()

    printed = "".join(
        output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", [])
    )
    assert "as if independent" in printed
