"""«Asignar varias»: keys of many providers in one file. Part of the official's door, imports what that may."""
