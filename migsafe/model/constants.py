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
    statement: float = 0.002  # parse, lock, change the catalogs, commit: `ALTER TABLE … SET DEFAULT`
    new_file: float = 0.0005  # one more file made
    unlink_byte: float = 2.5e-10  # of a file that goes when the statement ends
    # Reading: tablecmds.c, ATRewriteTable without a new heap
    read_byte: float = 1.5e-10  # of the heap, from the operating system's cache
    disk_byte: float = 2.0e-9  # from a disk, which is not measured: what a common cloud volume gives
    read_row: float = 6.0e-8  # one visible row, with its columns taken apart and one tested for NULL
    detoast_byte: float = 4.0e-9  # of a value that is stored out of line
    # Expressions, for each row
    operator: float = 3.0e-8  # a built-in operator or cast on numbers
    call: float = 1.0e-7  # a built-in function on a short text
    pattern: float = 1.0e-6  # LIKE or a regular expression over a short text
    user_call: float = 1.0e-6  # a PL/pgSQL function
    convert: float = 2.0e-7  # through text: a value printed, or read
    parse_byte: float = 8.0e-9  # json to jsonb and the like, for each byte
    random_uuid: float = 1.0e-6  # gen_random_uuid()
    next_value: float = 3.0e-7  # nextval()
    # Copying a table: ALTER TABLE's rewrite (row by row through the write-ahead log), and CLUSTER's
    rewrite_row: float = 4.0e-7
    rewrite_byte: float = 4.0e-9  # of the new heap
    copy_row: float = 2.5e-7  # VACUUM FULL, CLUSTER: heapam_handler.c, heapam_relation_copy_for_cluster
    copy_byte: float = 4.0e-9
    toast_byte: float = 1.0e-8  # of values stored out of line, which a copy takes out and stores again
    block_byte: float = 3.0e-9  # SET TABLESPACE: block by block
    # Indexes: nbtsort.c and the builds of other access methods
    index_row: float = 1.5e-7  # a key taken from the heap, put into the sort and then into a leaf page
    index_byte: float = 4.0e-9  # of the new index, through the write-ahead log and to disk
    compare_integer: float = 8.0e-9  # one comparison of two keys in a sort
    compare_text: float = 2.5e-8  # collation C, whose first bytes are compared as a number
    compare_locale: float = 1.5e-7  # any other collation
    compare_uuid: float = 1.5e-8
    compare_numeric: float = 2.5e-8
    compare_next: float = 3.0e-8  # one more, of the second key, where the first ones are equal
    presorted: float = 0.5  # the share that is left when the rows lie in the order of the key
    spilled: float = 1.4  # the factor when the sort does not fit into maintenance_work_mem
    parallel: float = 0.6  # the share that is left with one worker beside the leader
    hash_row: float = 4.0e-7
    gin_item: float = 5.0e-7  # one element, key or lexeme
    gist_row: float = 4.0e-6
    brin_row: float = 8.0e-8
    # Foreign keys: ri_triggers.c, RI_Initial_Check
    probe_row: float = 6.0e-8  # a referencing row looked up in a hash table that fits into the processor's cache
    probe_row_far: float = 6.0e-7  # in one that does not
    hashed_row: float = 2.5e-7  # a referenced row put into it
    lookup: float = 8.0e-6  # one row at a time: the trigger's query by the index
    # Rows that change: heapam.c
    update_row: float = 1.5e-6
    insert_row: float = 7.0e-7
    delete_row: float = 7.0e-7
    change_byte: float = 5.0e-9  # of the new version of the row
    index_entry: float = 8.0e-7  # put into a B-tree beside the entry before it
    index_entry_random: float = 2.5e-6  # put anywhere
    trigger: float = 2.0e-6  # a row trigger in PL/pgSQL
    # Logs
    replay_byte: float = 1.0e-8  # of write-ahead log, on a replica
    sync_byte: float = 2.0e-9  # of a new file, flushed before the statement ends, if fsync is on


DEFAULTS = Constants()
