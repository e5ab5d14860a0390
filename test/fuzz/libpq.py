"""As much of libpq as the fuzzer needs, by ctypes.

It wants what psql does not give to a program: the SQLSTATE of each statement,
statements with any bytes in them, several sessions in one process, and a
connection whose death is seen.
"""
import ctypes
import ctypes.util
import os
import subprocess


def _load():
    config = os.environ.get("PG_CONFIG", "pg_config")
    libdir = subprocess.run([config, "--libdir"], capture_output=True, text=True, check=True).stdout.strip()
    for name in (os.path.join(libdir, "libpq.so.5"), "libpq.so.5", ctypes.util.find_library("pq")):
        try:
            return ctypes.CDLL(name)
        except (OSError, TypeError):
            continue
    raise SystemExit("libpq.so.5 was not found")


_pq = _load()
_RECEIVER = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
_ignore = _RECEIVER(lambda arg, result: None)

for _name, _result, *_arguments in (
    ("PQconnectdb", ctypes.c_void_p, ctypes.c_char_p),
    ("PQstatus", ctypes.c_int, ctypes.c_void_p),
    ("PQfinish", None, ctypes.c_void_p),
    ("PQerrorMessage", ctypes.c_char_p, ctypes.c_void_p),
    ("PQtransactionStatus", ctypes.c_int, ctypes.c_void_p),
    ("PQexec", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p),
    ("PQresultStatus", ctypes.c_int, ctypes.c_void_p),
    ("PQresultErrorField", ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int),
    ("PQntuples", ctypes.c_int, ctypes.c_void_p),
    ("PQnfields", ctypes.c_int, ctypes.c_void_p),
    ("PQgetisnull", ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_int),
    ("PQgetvalue", ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int),
    ("PQclear", None, ctypes.c_void_p),
    ("PQsetNoticeReceiver", ctypes.c_void_p, ctypes.c_void_p, _RECEIVER, ctypes.c_void_p),
):
    _function = getattr(_pq, _name)
    _function.restype = _result
    _function.argtypes = _arguments

_EMPTY, _COMMAND_OK, _TUPLES_OK = 0, 1, 2
_ERROR_FIELDS = {"sqlstate": "C", "message": "M", "detail": "D", "hint": "H", "context": "W"}


class ConnectionLost(Exception):
    """The server closed the connection: it crashed, or was shut down."""


class Answer:
    """Rows of the last statement, or the error."""

    def __init__(self, rows=None, error=None):
        self.rows = rows
        self.error = error

    @property
    def sqlstate(self):
        return self.error["sqlstate"] if self.error else ""

    def __str__(self):
        if self.error:
            return "%(sqlstate)s: %(message)s" % self.error
        return repr(self.rows)


class Connection:
    def __init__(self, conninfo):
        self._conn = _pq.PQconnectdb(conninfo.encode())
        if _pq.PQstatus(self._conn) != 0:
            message = _pq.PQerrorMessage(self._conn).decode(errors="replace")
            self.close()
            raise ConnectionLost(message)
        _pq.PQsetNoticeReceiver(self._conn, _ignore, None)

    def close(self):
        if self._conn:
            _pq.PQfinish(self._conn)
            self._conn = None

    def in_transaction(self):
        return _pq.PQtransactionStatus(self._conn) in (2, 3)

    def run(self, sql):
        """One simple query, str or bytes.  Rows are lists of str or None."""
        if isinstance(sql, str):
            sql = sql.encode("utf-8", "surrogateescape")
        result = _pq.PQexec(self._conn, sql)
        try:
            if not result or _pq.PQstatus(self._conn) != 0:
                raise ConnectionLost(_pq.PQerrorMessage(self._conn).decode(errors="replace"))
            status = _pq.PQresultStatus(result)
            if status in (_EMPTY, _COMMAND_OK):
                return Answer(rows=[])
            if status == _TUPLES_OK:
                return Answer(rows=[[self._value(result, row, column) for column in range(_pq.PQnfields(result))]
                                    for row in range(_pq.PQntuples(result))])
            return Answer(error={name: (_pq.PQresultErrorField(result, ord(code)) or b"").decode(errors="replace")
                                 for name, code in _ERROR_FIELDS.items()})
        finally:
            if result:
                _pq.PQclear(result)

    @staticmethod
    def _value(result, row, column):
        if _pq.PQgetisnull(result, row, column):
            return None
        return _pq.PQgetvalue(result, row, column).decode("utf-8", "surrogateescape")
