"""Reads a .trc and a .mot with OpenSim and prints what it saw as JSON; a process of its own, since OpenSim's crash would end the tests.

Run as ``python -m tests.opensim_reader markers.trc angles.mot``.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def main(trc: str, mot: str) -> dict[str, Any]:
    import opensim

    opensim.Logger.setLevelString("off")
    table = opensim.TimeSeriesTableVec3(trc)
    older = opensim.MarkerData(trc)
    angles = opensim.TimeSeriesTable(mot)
    storage = opensim.Storage(mot)
    columns = {}
    for name in angles.getColumnLabels():
        column = opensim.ArrayDouble()
        storage.getDataColumn(name, column)
        columns[name] = [column.get(index) for index in range(column.getSize())]
    markers = []
    for index in range(table.getNumRows()):
        row = table.getRowAtIndex(index)
        markers.append([[row[place][axis] for axis in range(3)] for place in range(table.getNumColumns())])
    rows = []
    for index in range(angles.getNumRows()):
        numbers = angles.getRowAtIndex(index)
        rows.append([numbers[place] for place in range(angles.getNumColumns())])
    return {
        "marker_names": list(table.getColumnLabels()),
        "marker_time_s": list(table.getIndependentColumn()),
        "markers": markers,
        "units": table.getTableMetaDataString("Units"),
        "older": [older.getNumFrames(), older.getNumMarkers(), older.getFrame(0).getFrameNumber(), older.getDataRate()],
        "angle_names": list(angles.getColumnLabels()),
        "angle_time_s": list(angles.getIndependentColumn()),
        "angles": rows,
        "in_degrees": [angles.getTableMetaDataString("inDegrees"), storage.isInDegrees()],
        "storage_size": storage.getSize(),
        "storage": columns,
    }


if __name__ == "__main__":
    seen = json.dumps(main(*sys.argv[1:]))
    sys.stdout.write("\n" + seen + "\n")
    sys.stdout.flush()
