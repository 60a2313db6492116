"""How fast a server is: the constants of the time model, in seconds for each unit of work.

`docs/time-model.md` says which formula uses which constant. `DEFAULTS` were measured by `migsafe calibrate` on a
modest machine; a calibration of one's own replaces them.
"""

from __future__ import annotations

from migsafe.model.record import KeywordRecord


class Machine(KeywordRecord):
    """Where constants were measured. Bytes for memory; the server's version as it says it itself."""

    description: str = ""
    processors: int = 0
    memory_bytes: int = 0
    server: str = ""
    measured_at: str | None = None  # ISO 8601, UTC
    settings: tuple[tuple[str, str], ...] = ()  # those that the figures depend on, sorted by name


class Constants(KeywordRecord):
    """Seconds for each unit; a unit is a row, a byte, a comparison or a call, as the name says.

    All are for a warm cache. `spread` is the factor between the expected time and either end of the range for work
    that was modelled from known sizes.
    """

    machine: Machine = Machine()
    spread: float = 2.4
    # What every statement costs
    statement: float = 0.0015  # parse, lock, change the catalogs, commit: `ALTER TABLE … SET DEFAULT`
    new_file: float = 0.001  # one more file made
    unlink_byte: float = 2.5e-10  # of a file that goes when the statement ends
    # Reading: tablecmds.c, ATRewriteTable without a new heap
    read_byte: float = 2.2e-10  # of the heap, from the operating system's cache
    disk_byte: float = 2.0e-9  # from a disk, which is not measured: what a common cloud volume gives
    read_row: float = 2.5e-08  # one visible row, with its columns taken apart and one tested for NULL
    read_column: float = 4.0e-09  # one more column taken apart, on the way to one that stands behind it
    detoast_byte: float = 2.7e-09  # of a value that is stored out of line
    # Expressions, for each row
    operator: float = 1.6e-08  # a built-in operator or cast on integers
    call: float = 1.6e-07  # a built-in function on a short text
    pattern: float = 2.8e-07  # a short regular expression over a short text
    user_call: float = 2.3e-07  # a PL/pgSQL function
    convert: float = 9.1e-08  # through text: a value printed, or read
    parse_byte: float = 1.3e-08  # json to jsonb and the like, for each byte
    random_uuid: float = 9.8e-07  # gen_random_uuid()
    next_value: float = 1.6e-07  # nextval()
    # Copying a table: ALTER TABLE's rewrite (row by row through the write-ahead log), and CLUSTER's
    rewrite_row: float = 2.4e-07
    rewrite_byte: float = 1.6e-09  # of the new heap
    copy_row: float = 1.6e-07  # VACUUM FULL, CLUSTER: heapam_handler.c, heapam_relation_copy_for_cluster
    copy_byte: float = 2.6e-09
    toast_byte: float = 1.5e-08  # of values stored out of line, which a copy takes out and stores again
    block_byte: float = 2.6e-09  # SET TABLESPACE: block by block
    # Indexes: nbtsort.c and the builds of other access methods
    index_row: float = 1.2e-07  # a key taken from the heap, put into the sort and then into a leaf page
    index_byte: float = 2.7e-09  # of the new index, through the write-ahead log and to disk
    compare_integer: float = 1.2e-08  # one comparison of two keys in a sort
    compare_text: float = 1.5e-08  # collation C, whose first bytes are compared as a number
    compare_locale: float = 2.6e-08  # any other collation
    compare_uuid: float = 1.3e-08
    compare_numeric: float = 1.2e-08
    compare_next: float = 2.3e-08  # one more, of the second key, where the first ones are equal
    presorted: float = 0.1  # the share of comparisons that is left when the rows lie in the order of the key
    spilled: float = 1.4  # the factor when the sort does not fit into maintenance_work_mem
    parallel: float = 0.75  # the share that is left with one worker beside the leader
    hash_row: float = 6.1e-07
    gin_item: float = 9.3e-07  # one element, key or lexeme
    gist_row: float = 2.0e-06
    brin_row: float = 6.4e-08
    # Foreign keys: ri_triggers.c, RI_Initial_Check
    probe_row: float = 6.8e-08  # a referencing row looked up in a hash table that fits into the processor's cache
    probe_row_far: float = 2.9e-07  # in one that does not
    hashed_row: float = 3.7e-07  # a referenced row put into it
    lookup: float = 5.2e-06  # one row at a time: the trigger's query by the index
    # Rows that change: heapam.c
    update_row: float = 6.7e-07
    insert_row: float = 2.5e-07
    delete_row: float = 2.6e-07
    change_byte: float = 1.9e-09  # of the new version of the row
    index_entry: float = 1.3e-06  # put into a B-tree beside the entry before it
    index_entry_random: float = 3.9e-06  # put anywhere
    trigger: float = 1.4e-06  # a row trigger in PL/pgSQL
    # Logs
    replay_byte: float = 1.0e-8  # of write-ahead log, on a replica
    sync_byte: float = 9.9e-10  # of a new file, flushed before the statement ends, if fsync is on


DEFAULTS = Constants()
