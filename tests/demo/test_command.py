"""script/llaves: commands against the demo's database, whether or not it runs."""

from .running import Demo, processes_of


def test_it_starts_the_database_for_the_length_of_a_command(demo: Demo) -> None:
    assert demo.command("migrate").returncode == 0

    visits = demo.command("exec", "--", "psql", "-Atc", "select count(*) from visit")

    assert visits.stdout == "1\n"
    assert processes_of(demo.folder) == []


def test_a_file_is_looked_for_where_the_caller_stands(demo: Demo) -> None:
    here = demo.folder.parent / "a place"
    here.mkdir()
    (here / "reps.csv").write_text("prestadores")

    assert demo.command("cat", "reps.csv", cwd=here).stdout == "prestadores\n"


def test_what_lies_in_the_callers_folder_does_not_pass_for_a_module(demo: Demo) -> None:
    here = demo.folder.parent / "modules"
    here.mkdir()
    (here / "json.py").write_text("raise SystemExit('not the one meant')")

    assert demo.command("migrate", cwd=here).returncode == 0


def test_the_status_of_the_command_is_the_scripts_own(demo: Demo) -> None:
    assert demo.command("exec", "--", "sh", "-c", "exit 7").returncode == 7
    assert demo.command("exec", "--", "no-such-program").returncode == 127


def test_the_database_can_be_dumped_by_the_program_of_its_own_version(demo: Demo) -> None:
    demo.command("migrate")

    dump = demo.command("exec", "--", "pg_dump", "--inserts")

    assert "INSERT INTO public.visit" in dump.stdout
