/* One pass over pairs of an alumnus and a demand: rules, signals, bounds, dot products and the best of a list.
 *
 * The reference is the code in NumPy (matcher/matching): each number here has the same bits, since it is made by the
 * same operations on doubles in the same order, without fused multiply-add (-ffp-contract=off). Sums that may be added
 * in another order are of whole numbers below 2^53. Only the stable interface of Python 3.11 is used: arrays come in by
 * the buffer protocol, results are written into arrays of the caller, and no lock is held while it counts.
 */
#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030B0000
#endif
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__) || defined(__clang__)
#define ALWAYS static inline __attribute__((always_inline))
#define RELEASE(at, value) __atomic_store_n(at, value, __ATOMIC_RELEASE)
#define ACQUIRE(at) __atomic_load_n(at, __ATOMIC_ACQUIRE)
#define ONES(value) __builtin_popcountll((unsigned long long)(value))
#else
#define ALWAYS static __forceinline
#define RELEASE(at, value) (*(volatile uint8_t *)(at) = (value))
#define ACQUIRE(at) (*(volatile uint8_t *)(at))
static int ONES(uint64_t value) {
    int count = 0;
    for (; value; value &= value - 1) count++;
    return count;
}
#endif
#if (defined(__GNUC__) || defined(__clang__)) && (defined(__x86_64__) || defined(__i386__))
#define X86 1
#include <immintrin.h>
#endif

/* ------------------------------------------------------------------------------------------------ columns */

enum { NOTHING, I8, U8, I16, U16, I32, U32, I64, F32, F64 };

typedef struct {
    const void *data;
    Py_ssize_t length, width; /* rows, and numbers in a row */
    int type;
} Column;

ALWAYS int64_t whole(const Column *column, int64_t row) {
    switch (column->type) {
    case I8: return ((const int8_t *)column->data)[row];
    case U8: return ((const uint8_t *)column->data)[row];
    case I16: return ((const int16_t *)column->data)[row];
    case U16: return ((const uint16_t *)column->data)[row];
    case I32: return ((const int32_t *)column->data)[row];
    case U32: return ((const uint32_t *)column->data)[row];
    default: return ((const int64_t *)column->data)[row];
    }
}

ALWAYS double real(const Column *column, int64_t row) {
    return column->type == F64 ? ((const double *)column->data)[row] : (double)whole(column, row);
}

static int read_column(PyObject *object, Py_buffer *buffer, Column *column, int writable) {
    memset(column, 0, sizeof *column);
    buffer->obj = NULL;
    if (object == Py_None) return 0;
    int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(object, buffer, flags) < 0) return -1;
    const char *format = buffer->format ? buffer->format : "B";
    char kind = format[0] == '<' || format[0] == '=' || format[0] == '@' ? format[1] : format[0];
    int type = NOTHING;
    if (strchr("bhilq", kind)) {
        type = buffer->itemsize == 1 ? I8 : buffer->itemsize == 2 ? I16 : buffer->itemsize == 4 ? I32 : I64;
    } else if (strchr("?BHIL", kind)) {
        type = buffer->itemsize == 1 ? U8 : buffer->itemsize == 2 ? U16 : buffer->itemsize == 4 ? U32 : NOTHING;
    } else if (kind == 'd') {
        type = F64;
    } else if (kind == 'f') {
        type = F32;
    }
    if (type == NOTHING || buffer->ndim < 1 || buffer->ndim > 2) {
        PyErr_Format(PyExc_TypeError, "no column: format %s, %d dimensions", format, buffer->ndim);
        PyBuffer_Release(buffer);
        buffer->obj = NULL;
        return -1;
    }
    column->data = buffer->buf;
    column->type = type;
    column->length = buffer->shape[0];
    column->width = buffer->ndim == 2 ? buffer->shape[1] : 1;
    return 0;
}

/* ------------------------------------------------------------------------------------------------ tables */

#define PEOPLE_COLUMNS(X) \
    X(order) X(place) X(day_parts) X(offers) X(need_kinds) X(paused_until) X(distance) X(distance_code) X(online) \
    X(languages) X(most_price) X(most_price_code) X(certificate_until) X(qualified_teacher) X(company) \
    X(last_year) X(held_starts) X(held) X(skill_starts) X(skills) X(can_text) X(wants_text) X(common_starts) \
    X(common) X(rare_starts) X(rare) X(busy_starts) X(busy) X(vector_row) X(vectors) X(meanings)
#define DEMAND_COLUMNS(X) \
    X(order) X(kind) X(place) X(places_starts) X(places) X(day_parts) X(online) X(languages) X(hours) X(certificate) \
    X(company) X(closes) X(starts) X(full) X(price) X(target) X(target_crebo) X(target_domain) X(target_level) \
    X(moment_starts) X(moments) X(moment_day_starts) X(moment_days) X(skill_starts) X(skills) X(word_starts) X(words) \
    X(vector) X(meaning)
#define SIDE_COLUMNS(X) \
    X(consents) X(asks) X(budget) X(last_ask) X(given) X(received) X(first_places) X(name) X(crebo) X(domain) X(level) \
    X(rarity) X(word_vectors) X(skill_weight) X(cover_starts) X(cover) X(part_starts) X(part)
#define LINE_COLUMNS(X) \
    X(similar_x) X(similar_y) X(similar_slope) X(second_x) X(second_y) X(second_slope) X(words_x) X(words_y) \
    X(words_slope) X(base_x) X(base_y) X(base_slope)
#define KIND_COLUMNS(X) X(consent_bit) X(gives) X(teaches) X(served)
#define NAMED(name) #name,
#define FIELD(name) Column name;

typedef struct { PEOPLE_COLUMNS(FIELD) } People;
typedef struct { DEMAND_COLUMNS(FIELD) } Demands;
typedef struct { SIDE_COLUMNS(FIELD) } Side;
typedef struct { LINE_COLUMNS(FIELD) } Lines;
typedef struct { KIND_COLUMNS(FIELD) } Kinds;

static const char *const PEOPLE[] = {PEOPLE_COLUMNS(NAMED) NULL};
static const char *const DEMANDS[] = {DEMAND_COLUMNS(NAMED) NULL};
static const char *const SIDE[] = {SIDE_COLUMNS(NAMED) NULL};
static const char *const LINES[] = {LINE_COLUMNS(NAMED) NULL};
static const char *const KINDS[] = {KIND_COLUMNS(NAMED) NULL};

#define MOST_COLUMNS 40

typedef struct {
    PyObject_HEAD
    int count;
    Py_buffer buffers[MOST_COLUMNS];
    Column columns[MOST_COLUMNS];
} Table;

static PyObject *new_table(PyTypeObject *type, PyObject *args, PyObject *words) {
    PyObject *given;
    if (words && PyDict_Size(words)) return PyErr_Format(PyExc_TypeError, "no named arguments");
    if (!PyArg_ParseTuple(args, "O", &given)) return NULL;
    Py_ssize_t count = PySequence_Size(given);
    if (count < 0) return NULL;
    if (count > MOST_COLUMNS) return PyErr_Format(PyExc_ValueError, "%zd columns", count);
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Table *table = (Table *)allocate(type, 0);
    if (!table) return NULL;
    table->count = 0;
    for (Py_ssize_t at = 0; at < count; at++) {
        PyObject *item = PySequence_GetItem(given, at);
        int failed = !item || read_column(item, &table->buffers[at], &table->columns[at], 0) < 0;
        Py_XDECREF(item);
        if (failed) {
            Py_DECREF(table);
            return NULL;
        }
        table->count++;
    }
    return (PyObject *)table;
}

static void free_table(PyObject *object) {
    Table *table = (Table *)object;
    for (int at = 0; at < table->count; at++)
        if (table->buffers[at].obj) PyBuffer_Release(&table->buffers[at]);
    PyTypeObject *type = Py_TYPE(object);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(object);
    Py_DECREF(type);
}

/* ------------------------------------------------------------------------------------------------ dot products */

static int32_t dot_plain(const int8_t *row, const int16_t *query, Py_ssize_t length) {
    int32_t sum = 0;
    for (Py_ssize_t at = 0; at < length; at++) sum += (int32_t)row[at] * query[at];
    return sum;
}

#ifdef X86
__attribute__((target("avx2"))) static int32_t dot_avx2(const int8_t *row, const int16_t *query, Py_ssize_t length) {
    __m256i sums = _mm256_setzero_si256();
    Py_ssize_t at = 0;
    for (; at + 16 <= length; at += 16) {
        __m256i own = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(row + at)));
        sums = _mm256_add_epi32(sums, _mm256_madd_epi16(own, _mm256_loadu_si256((const __m256i *)(query + at))));
    }
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1));
    int32_t sum = _mm_cvtsi128_si32(half);
    for (; at < length; at++) sum += (int32_t)row[at] * query[at];
    return sum;
}

__attribute__((target("avx512f,avx512bw"))) static int32_t dot_avx512(
    const int8_t *row, const int16_t *query, Py_ssize_t length
) {
    __m512i sums = _mm512_setzero_si512();
    Py_ssize_t at = 0;
    for (; at + 32 <= length; at += 32) {
        __m512i own = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(row + at)));
        sums = _mm512_add_epi32(sums, _mm512_madd_epi16(own, _mm512_loadu_si512((const void *)(query + at))));
    }
    int32_t sum = _mm512_reduce_add_epi32(sums);
    for (; at < length; at++) sum += (int32_t)row[at] * query[at];
    return sum;
}
#endif

/* A loop compiled twice on x86: for any processor, and for those with AVX2 (which does not bring multiply-add along). */
#ifdef X86
#define TWICE(type, name, parameters, arguments)                                                            \
    static type name##_plain parameters { return name##_body arguments; }                                   \
    __attribute__((target("avx2,popcnt,bmi,bmi2"))) static type name##_avx2 parameters {                     \
        return name##_body arguments;                                                                       \
    }                                                                                                       \
    static type name parameters { return has_avx2 ? name##_avx2 arguments : name##_plain arguments; }
#else
#define TWICE(type, name, parameters, arguments) \
    static type name parameters { return name##_body arguments; }
#endif
static int has_avx2;

typedef int32_t (*Dot)(const int8_t *, const int16_t *, Py_ssize_t);
static Dot dot = dot_plain;
static const char *dot_name = "plain";

static void choose_dot(const char *name) {
    dot = dot_plain;
    dot_name = "plain";
    has_avx2 = 0;
#ifdef X86
    __builtin_cpu_init();
    int any = !strcmp(name, "best");
    has_avx2 = strcmp(name, "plain") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt")
        && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    if ((any || !strcmp(name, "avx2")) && __builtin_cpu_supports("avx2")) dot = dot_avx2, dot_name = "avx2";
    if ((any || !strcmp(name, "avx512")) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
        dot = dot_avx512, dot_name = "avx512";
#else
    (void)name;
#endif
}

/* ------------------------------------------------------------------------------------------------ a query */

enum {
    R_NO_CONSENT, R_PAUSED, R_NOT_OFFERED, R_NO_INTEREST, R_BUDGET_SPENT, R_DECLINED_BEFORE, R_CONFLICT, R_OWN_FIELD,
    R_CLOSED, R_TOO_FAR, R_NO_COMMON_SLOT, R_NO_COMMON_LANGUAGE, R_LEGAL_HOURS, R_NO_CERTIFICATE, R_NOT_RECOGNISED,
    RULES
};
static const char *const RULE_CODES[] = {
    "no_consent", "paused", "not_offered", "no_interest", "budget_spent", "declined_before", "conflict", "own_field",
    "closed", "too_far", "no_common_slot", "no_common_language", "legal_hours", "no_certificate", "not_recognised", NULL
};
#define ABOUT_THE_PERSON R_CLOSED

enum {
    S_SIMILARITY, S_WORDS, S_MEANING, S_SKILLS, S_AVAILABILITY, S_TRAVEL, S_PREFERENCE, S_QUALIFICATION, S_RECENCY,
    S_BALANCE, S_REST, S_PRICE, S_FORM, S_GAP, S_EVENING, S_ONLINE, S_STEP_UP, SIGNALS
};
static const char *const SIGNAL_CODES[] = {
    "similarity", "words", "meaning", "skills", "availability", "travel", "preference", "qualification", "recency",
    "balance", "rest", "price", "form", "gap", "evening", "online", "step_up", NULL
};

/* Constants of the signals and rules, in this order. */
#define NUMBERS(X) \
    X(far_km) X(either) X(old_years) X(days_in_year) X(never) X(first_place) X(same_domain) X(field_weight) \
    X(level_weight) X(not_wanted) X(most_hours) X(few_words) X(none_bit) X(stated) X(evenings) X(offering_kind) \
    X(side_bits) X(can) X(wants) X(busy_bits) X(no_day)
typedef struct {
#define NUMBER(name) double name;
    NUMBERS(NUMBER)
} Numbers;
static const char *const NUMBER_NAMES[] = {NUMBERS(NAMED) NULL};

#define UNKNOWN (-1)
#define WEEK 7
#define FIRST_WEEKDAY 3

/* What one change of an alumnus makes different. */
enum {
    UNCHANGED, C_DAY_PARTS, C_MAX_DISTANCE, C_CERTIFICATE, C_ONLINE, C_LANGUAGES, C_SKILL, C_PAUSED, C_OFFERS,
    C_QUALIFIED
};
typedef struct {
    int what;
    int64_t value;
    double real;
} Change;

/* One demand, as rules and signals read it. */
typedef struct {
    int64_t row, kind, day_parts, online, languages, certificate, company, place, target, target_crebo, target_domain,
        target_level, needed_on;
    int gives, offering, teaches, closed, moments, any_moments;
    double hours, price, recency_year;
    int64_t first_moment, last_moment, first_day; /* in the columns of moments and of their days */
    int64_t first_skill, last_skill, first_word, last_word;
    int64_t skill_total, asked_words, asked_rarity;
    int64_t more_mask, more_day; /* a firm moment beside those of the columns; no mask for none */
    int has_vector;
} Ask;

typedef struct {
    PyObject_HEAD
    PyObject *kept;
    int count;
    Py_buffer buffers[16];
    const People *people;
    const Demands *demands;
    const Side *side;
    const Lines *lines;
    const Kinds *kinds;
    Numbers of;
    int is_demand, without_rare;
    int64_t row, as_of, year, agreed, skill_words;
    double words_scale;
    Column km, declined, conflicts, own, firsts, unwanted, dots, known, near_can, near_wants, has;
    int64_t own_can, own_wants;
    Ask ask;
    Change change; /* of the alumnus, where that is the query */
    int16_t *vector, *meaning, *vector_wants, *meaning_wants; /* the query's vectors, one number in 16 bits */
    int has_vector, has_vector_wants;
    int64_t dimension, second_dimension;
    int16_t *asked_vectors; /* of the asked words that say something */
    double *asked_weight;
    int asked;
    uint64_t *covers; /* by word of a skill which asked skills it covers, `chunks` numbers each */
    uint64_t *parts;  /* which it covers in part; NULL where nothing is */
    int chunks;
    double *cover_weight;
    double *fits; /* by qualification how well it fits */
} Query;

ALWAYS int contains(const Column *sorted, int64_t value) {
    const int64_t *at = (const int64_t *)sorted->data;
    Py_ssize_t low = 0, high = sorted->length;
    while (low < high) {
        Py_ssize_t middle = (low + high) / 2;
        if (at[middle] < value) low = middle + 1;
        else high = middle;
    }
    return low < sorted->length && at[low] == value;
}

/* Piecewise linear, as `matcher.meeting.rising`; the columns of a line are x, y and the slopes of its pieces. */
ALWAYS double rising(const Column *line, double at) {
    const double *x = (const double *)line[0].data, *y = (const double *)line[1].data;
    Py_ssize_t last = line[0].length - 1, piece = 0;
    for (Py_ssize_t step = last - 1; step > 0;) { /* how many points between the first and the last are not above */
        Py_ssize_t half = (step + 1) / 2;
        int above = x[piece + half] > at;
        piece = above ? piece : piece + half;
        step = above ? half - 1 : step - half;
    }
    double value = ((const double *)line[2].data)[piece] * (at - x[piece]) + y[piece];
    if (value > y[piece + 1]) value = y[piece + 1];
    if (value < y[0]) value = y[0];
    if (value > y[last]) value = y[last];
    return value;
}

ALWAYS double km_at(const Query *q, int64_t place) {
    return place == UNKNOWN || !q->km.data ? NAN : ((const double *)q->km.data)[place];
}

ALWAYS double nearer(double one, double other) { /* as np.fmin */
    if (isnan(one)) return other;
    if (isnan(other)) return one;
    return one < other ? one : other;
}

/* ------------------------------------------------------------------------------------------------ the alumnus */

#define CHANGED(code) (x && x->what == (code))

ALWAYS int64_t day_parts_of(const Query *q, int64_t p, const Change *x) {
    return CHANGED(C_DAY_PARTS) ? x->value : whole(&q->people->day_parts, p);
}
ALWAYS int64_t online_of(const Query *q, int64_t p, const Change *x) {
    return CHANGED(C_ONLINE) ? x->value : whole(&q->people->online, p);
}
ALWAYS int64_t offers_of(const Query *q, int64_t p, const Change *x) {
    return CHANGED(C_OFFERS) ? x->value : whole(&q->people->offers, p);
}
ALWAYS double max_distance_of(const Query *q, int64_t p, const Change *x) {
    return CHANGED(C_MAX_DISTANCE) ? x->real
                                   : real(&q->people->distance, whole(&q->people->distance_code, p));
}

ALWAYS double distance_km(const Query *q, const Ask *a, int64_t p) {
    if (q->is_demand) return km_at(q, whole(&q->people->place, p));
    double nearest = km_at(q, a->place);
    int64_t at = whole(&q->demands->places_starts, a->row), end = whole(&q->demands->places_starts, a->row + 1);
    for (; at < end; at++) nearest = nearer(nearest, km_at(q, whole(&q->demands->places, at)));
    return nearest;
}

ALWAYS int without_travel(const Query *q, const Ask *a, int64_t p, const Change *x) {
    if (a->online == 1) return 1;
    return a->online == 2 && !a->offering && online_of(q, p, x) == 1;
}

ALWAYS int64_t parts_on(const Query *q, int64_t mask, int64_t day) {
    int bits = (int)q->of.busy_bits;
    return (mask >> (bits * ((day + FIRST_WEEKDAY) % WEEK))) & ((1 << bits) - 1);
}

/* Whether who is free on these day parts, and busy by these entries, can make a moment. */
ALWAYS int can_make(const Query *q, int64_t free, int64_t busy, int64_t busy_end, int64_t mask, int64_t day) {
    if ((free & mask) != mask) return 0;
    for (int64_t b = busy; b < busy_end; b++) {
        int64_t entry = whole(&q->people->busy, b), on = entry >> (int)q->of.busy_bits;
        if (on >= day && on < day + WEEK && (entry & parts_on(q, mask, on))) return 0;
    }
    return 1;
}

/* How many of the firm moments that have not passed the alumnus can make. */
ALWAYS int moments_met(const Query *q, const Ask *a, int64_t p, const Change *x) {
    if (!a->any_moments) return 0;
    int64_t free = day_parts_of(q, p, x);
    int met = 0;
    int64_t busy = 0, busy_end = 0;
    if (q->people->busy.length) {
        busy = whole(&q->people->busy_starts, p);
        busy_end = whole(&q->people->busy_starts, p + 1);
    }
    for (int64_t at = a->first_moment; at < a->last_moment; at++) {
        int64_t day = whole(&q->demands->moment_days, a->first_day + at - a->first_moment);
        if (day < q->as_of) continue;
        met += can_make(q, free, busy, busy_end, whole(&q->demands->moments, at), day);
    }
    if (a->more_mask) met += can_make(q, free, busy, busy_end, a->more_mask, a->more_day);
    return met;
}

/* ------------------------------------------------------------------------------------------------ rules */

ALWAYS int64_t consents_of(const Query *q, int64_t p) { return whole(&q->side->consents, p) | q->agreed; }

/* The rules about the person that fail, as bits; with `first` only the first. */
ALWAYS unsigned fails_as_person(const Query *q, const Ask *a, int64_t p, const Change *x, int first) {
    unsigned fails = 0;
#define FAIL(rule)                         \
    do {                                   \
        fails |= 1u << (rule);             \
        if (first) return fails;           \
    } while (0)
    if (!(consents_of(q, p) & whole(&q->kinds->consent_bit, a->kind))) FAIL(R_NO_CONSENT);
    if ((CHANGED(C_PAUSED) ? x->value : whole(&q->people->paused_until, p)) > q->as_of) FAIL(R_PAUSED);
    if (!a->gives) {
        int64_t offers = offers_of(q, p, x);
        if (offers == UNKNOWN || !(offers >> a->kind & 1)) FAIL(R_NOT_OFFERED);
        if (whole(&q->side->asks, p) >= whole(&q->side->budget, p)) FAIL(R_BUDGET_SPENT);
    } else {
        int64_t needs = whole(&q->people->need_kinds, p);
        if (needs != UNKNOWN && (needs >> (int)q->of.none_bit & 1)) FAIL(R_NO_INTEREST);
    }
    int64_t other = q->is_demand ? p : a->row;
    if (q->declined.length && (q->is_demand ? contains(&q->declined, other) : whole(&q->declined, other)))
        FAIL(R_DECLINED_BEFORE);
    if (q->conflicts.length && (q->is_demand ? contains(&q->conflicts, other) : whole(&q->conflicts, other)))
        FAIL(R_CONFLICT);
    if (q->own.data && !whole(&q->own, other)) FAIL(R_OWN_FIELD);
    return fails;
}

ALWAYS int is_too_far(const Query *q, const Ask *a, int64_t p, const Change *x) {
    return a->online != 1 && distance_km(q, a, p) > max_distance_of(q, p, x) && !without_travel(q, a, p, x);
}

/* The same of the other rules. */
ALWAYS unsigned fails_as_pair(const Query *q, const Ask *a, int64_t p, const Change *x, int first) {
    unsigned fails = 0;
    if (a->closed) FAIL(R_CLOSED);
    if (is_too_far(q, a, p, x)) FAIL(R_TOO_FAR);
    if (a->moments && !moments_met(q, a, p, x)) FAIL(R_NO_COMMON_SLOT);
    if (a->languages) {
        int64_t spoken = CHANGED(C_LANGUAGES) ? x->value : whole(&q->people->languages, p);
        if (spoken && !(spoken & a->languages)) FAIL(R_NO_COMMON_LANGUAGE);
    }
    if (a->teaches && a->hours > q->of.most_hours
        && (CHANGED(C_QUALIFIED) ? x->value : whole(&q->people->qualified_teacher, p)) != 1)
        FAIL(R_LEGAL_HOURS);
    if (a->certificate
        && (CHANGED(C_CERTIFICATE) ? x->value : whole(&q->people->certificate_until, p)) < a->needed_on)
        FAIL(R_NO_CERTIFICATE);
    if (a->company && whole(&q->people->company, p) != 1) FAIL(R_NOT_RECOGNISED);
    return fails;
}

ALWAYS unsigned failing(const Query *q, const Ask *a, int64_t p, const Change *x, int first) {
    unsigned fails = fails_as_person(q, a, p, x, first);
    return first && fails ? fails : fails | fails_as_pair(q, a, p, x, first);
}

static int lowest(unsigned bits) {
    int at = 0;
    while (!(bits >> at & 1)) at++;
    return at;
}

/* ------------------------------------------------------------------------------------------------ signals */

ALWAYS double coverage(const Query *q, const Ask *a, int64_t p, const Change *x) {
    int64_t at = whole(&q->people->skill_starts, p), end = whole(&q->people->skill_starts, p + 1);
    int64_t added = CHANGED(C_SKILL) ? x->value : UNKNOWN;
    if (a->skill_total <= 0 || (at == end && added == UNKNOWN)) return NAN;
    double covered = 0.0;
    if (q->is_demand) {
        for (int chunk = 0; chunk < q->chunks; chunk++) {
            uint64_t mask = added == UNKNOWN ? 0 : q->covers[added * q->chunks + chunk];
            for (int64_t skill = at; skill < end; skill++)
                mask |= q->covers[whole(&q->people->skills, skill) * q->chunks + chunk];
            if (q->parts) {
                uint64_t part = added == UNKNOWN ? 0 : q->parts[added * q->chunks + chunk];
                for (int64_t skill = at; skill < end; skill++)
                    part |= q->parts[whole(&q->people->skills, skill) * q->chunks + chunk];
                part &= ~mask;
                for (int bit = 0; part; bit++, part >>= 1)
                    if (part & 1) covered += 0.5 * q->cover_weight[64 * chunk + bit];
            }
            for (int bit = 0; mask; bit++, mask >>= 1)
                if (mask & 1) covered += q->cover_weight[64 * chunk + bit];
        }
    } else {
        for (int64_t skill = a->first_skill; skill < a->last_skill; skill++) {
            int64_t asked = whole(&q->demands->skills, skill);
            covered += 0.5 * (double)(whole(&q->has, asked) * whole(&q->side->skill_weight, asked));
        }
    }
    return covered / (double)a->skill_total;
}

ALWAYS double availability(const Query *q, const Ask *a, int64_t p, const Change *x) {
    int64_t free = day_parts_of(q, p, x);
    if (free == UNKNOWN) return NAN;
    if (a->moments) return (double)moments_met(q, a, p, x) / (double)a->moments;
    if (a->day_parts <= 0) return NAN;
    double common = (double)ONES(free & a->day_parts);
    double needed = a->offering ? (double)ONES(a->day_parts) : 1.0;
    double share = common / (needed > 1.0 ? needed : 1.0);
    return share < 1.0 ? share : 1.0;
}

ALWAYS double travel(const Query *q, const Ask *a, int64_t p, const Change *x) {
    if (a->online == 1) return 1.0;
    double near = 1.0 - distance_km(q, a, p) / q->of.far_km;
    if (near < 0.0) near = 0.0;
    if (without_travel(q, a, p, x) && !(near >= q->of.either)) near = q->of.either;
    return near;
}

ALWAYS double preference(const Query *q, const Ask *a, int64_t p, const Change *x) {
    int64_t needs = whole(&q->people->need_kinds, p), online = online_of(q, p, x);
    double need = NAN, form = NAN;
    if (needs != UNKNOWN && (needs & (int64_t)q->of.stated))
        need = needs & whole(&q->kinds->served, a->kind) ? 1.0 : a->gives ? 0.0 : 0.5;
    if (a->online == 1 && online != UNKNOWN) form = online == 1 ? 1.0 : 0.0;
    if (isnan(need)) return form;
    if (isnan(form)) return need;
    return (need + form) / 2.0;
}

ALWAYS double fit(const Query *q, const Ask *a, int64_t held) {
    int64_t name = whole(&q->side->name, held), crebo = whole(&q->side->crebo, held);
    int64_t domain = whole(&q->side->domain, held), level = whole(&q->side->level, held);
    double field = domain == a->target_domain ? q->of.same_domain : 0.0;
    if (domain == 0 || a->target_domain == 0) field = NAN;
    if ((name == a->target && a->target != 0) || (crebo == a->target_crebo && a->target_crebo != 0)) field = 1.0;
    if (a->target_level == UNKNOWN || level == UNKNOWN) return field;
    double near = 1.0 - fabs((double)level - (double)a->target_level) / 3.0;
    if (isnan(field)) return near;
    double of_field = q->of.field_weight * field, of_level = q->of.level_weight * near;
    return of_field + of_level;
}

ALWAYS double qualification(const Query *q, const Ask *a, int64_t p) {
    int64_t at = whole(&q->people->held_starts, p), end = whole(&q->people->held_starts, p + 1);
    double best = NAN;
    for (; at < end; at++) {
        int64_t held = whole(&q->people->held, at);
        double own = q->is_demand ? q->fits[held] : fit(q, a, held);
        if (isnan(best) || own > best) best = isnan(own) ? best : own;
    }
    return best;
}

ALWAYS double recency(const Query *q, int64_t p) {
    int64_t year = whole(&q->people->last_year, p);
    if (year == 0) return NAN;
    double years = (double)q->year - (double)year;
    if (years < 0.0) years = 0.0;
    double value = 1.0 - years / q->of.old_years;
    return value < 0.0 ? 0.0 : value;
}

ALWAYS double balance(const Query *q, const Ask *a, int64_t p) {
    double given = (double)whole(&q->side->given, p), received = (double)whole(&q->side->received, p);
    return (1.0 + (a->gives ? given : received)) / (2.0 + given + received);
}

ALWAYS double rest(const Query *q, const Ask *a, int64_t p) {
    int64_t last = whole(&q->side->last_ask, p);
    double days = last == (int64_t)q->of.no_day ? q->of.never : (double)(q->as_of - last);
    double rested = days / q->of.days_in_year;
    if (rested > 1.0) rested = 1.0;
    if (q->side->first_places.data) {
        int64_t first = whole(&q->side->first_places, p);
        if (q->firsts.length && (q->is_demand ? contains(&q->firsts, p) : whole(&q->firsts, a->row) != 0)) first--;
        double less = q->of.first_place * (double)first;
        rested = rested - less;
    }
    return rested < 0.0 ? 0.0 : rested;
}

ALWAYS double price(const Query *q, const Ask *a, int64_t p) {
    if (a->price == 0.0) return 1.0;
    if (isnan(a->price)) return NAN;
    double most = real(&q->people->most_price, whole(&q->people->most_price_code, p));
    if (isnan(most)) return NAN;
    double value = 1.0 - (most > 0.0 ? a->price / (2.0 * most) : 1.0);
    return value < 0.0 ? 0.0 : value;
}

ALWAYS double form(const Query *q, const Ask *a, int64_t p, const Change *x) {
    static const double table[4][3] = {{1.0, 0.7, NAN}, {0.0, 1.0, NAN}, {0.5, 0.85, NAN}, {NAN, NAN, NAN}};
    int64_t online = online_of(q, p, x);
    return table[a->online == UNKNOWN ? 3 : a->online][online == UNKNOWN ? 2 : online];
}

ALWAYS double evening(const Query *q, const Ask *a) {
    if (a->day_parts <= 0) return NAN;
    double parts = (double)ONES(a->day_parts);
    return (double)ONES(a->day_parts & (int64_t)q->of.evenings) / parts;
}

ALWAYS double online_course(const Ask *a) {
    return a->online == 0 ? 0.0 : a->online == 1 ? 1.0 : a->online == 2 ? 0.5 : NAN;
}

ALWAYS double step_up(const Query *q, const Ask *a, int64_t p) {
    int64_t at = whole(&q->people->held_starts, p), end = whole(&q->people->held_starts, p + 1), held = UNKNOWN;
    for (; at < end; at++) {
        int64_t level = whole(&q->side->level, whole(&q->people->held, at));
        if (level > held) held = level;
    }
    if (a->target_level == UNKNOWN || held == UNKNOWN) return NAN;
    int64_t step = a->target_level - held;
    return step == 1 ? 1.0 : step >= 0 ? 0.5 : 0.0;
}

/* ------------------------------------------------------------------------------------------------ texts */

ALWAYS int64_t text_of(const Query *q, const Ask *a, int64_t p) {
    return whole(a->gives ? &q->people->wants_text : &q->people->can_text, p);
}

#if defined(__GNUC__) || defined(__clang__)
/* Asks for the text of an alumnus who comes later. */
ALWAYS void soon(const Query *q, const Ask *a, int64_t p) {
    const char *row = (const char *)q->people->vectors.data
        + whole(&q->people->vector_row, text_of(q, a, p)) * q->dimension;
    for (int64_t at = 0; at < q->dimension; at += 64) __builtin_prefetch(row + at);
}
#else
#define soon(q, a, p) ((void)0)
#endif
#define AHEAD 12

/* The similarity; NaN where either text has no word that is known. */
ALWAYS double similarity(const Query *q, const Ask *a, int64_t p) {
    int32_t found;
    if (q->is_demand) {
        if (!q->has_vector) return NAN;
        int64_t row = whole(&q->people->vector_row, text_of(q, a, p));
        if (!row) return NAN;
        found = dot((const int8_t *)q->people->vectors.data + row * q->dimension, q->vector, q->dimension);
    } else {
        if (!a->has_vector || !(a->gives ? q->has_vector_wants : q->has_vector)) return NAN;
        const int8_t *own = (const int8_t *)q->demands->vector.data + a->row * q->dimension;
        found = dot(own, a->gives ? q->vector_wants : q->vector, q->dimension);
    }
    return rising(&q->lines->similar_x, (double)found);
}

/* What the second encoder says, where the similarity is known. */
ALWAYS double meaning(const Query *q, const Ask *a, int64_t p, double similar) {
    if (isnan(similar) || !q->lines->second_x.data) return NAN;
    int64_t length = q->second_dimension;
    int32_t found;
    if (q->is_demand) {
        found = dot((const int8_t *)q->people->meanings.data + text_of(q, a, p) * length, q->meaning, length);
    } else {
        const int8_t *own = (const int8_t *)q->demands->meaning.data + a->row * length;
        found = dot(own, a->gives ? q->meaning_wants : q->meaning, length);
    }
    return rising(&q->lines->second_x, (double)found);
}

ALWAYS double corrected(const Query *q, double share, int64_t own) {
    const Column *x = &q->lines->base_x, *y = &q->lines->base_y;
    if (x->length < 2 || (double)own <= ((const double *)x->data)[0]) return share;
    double usual = rising(x, (double)own), level = ((const double *)y->data)[0];
    if (share < usual) {
        double less = share * level / usual;
        return less < level ? less : level;
    }
    double more = 1.0 - (1.0 - level) * (1.0 - share) / (1.0 - usual);
    return more > level ? more : level;
}

#define MOST_ASKED 512
#define TOGETHER 8 /* a row of dot products has so many numbers, or a multiple: zeros stand behind those of the words */

/* The row of dot products of a word with the asked ones: made when it is first needed. */
ALWAYS const float *met_by(const Query *q, int64_t word) {
    float *row = (float *)q->dots.data + word * q->dots.width;
    uint8_t *known = (uint8_t *)q->known.data + word;
    if (!ACQUIRE(known)) {
        const int8_t *own = (const int8_t *)q->side->word_vectors.data + word * q->dimension;
        for (int at = 0; at < q->asked; at++) {
            int32_t found = dot(own, q->asked_vectors + at * q->dimension, q->dimension);
            row[at] = found > 0 ? (float)found : 0.0f;
        }
        RELEASE(known, 1);
    }
    return row;
}

ALWAYS int64_t nearest_in(
    const Query *q, const Column *starts, const Column *entries, int64_t p, int side, int bits, float *near
) {
    int64_t at = whole(starts, p), end = whole(starts, p + 1), count = 0;
    int64_t width = q->dots.width;
    const uint8_t *rarity = (const uint8_t *)q->side->rarity.data;
    for (; at < end; at++) {
        int64_t entry = whole(entries, at), word = entry >> bits;
        if (!(entry & side) || !rarity[word]) continue;
        const float *row = met_by(q, word);
        for (int64_t first = 0; first < width; first += TOGETHER)
            for (int64_t asked = first; asked < first + TOGETHER; asked++)
                near[asked] = row[asked] > near[asked] ? row[asked] : near[asked];
        count++;
    }
    return count;
}

/* How far the words meet, where the similarity is known; the similarity itself where there are too few. */
ALWAYS double words(const Query *q, const Ask *a, int64_t p, double similar) {
    if (isnan(similar) || a->asked_words <= 0) return similar;
    int64_t own;
    double met = 0.0;
    if (q->is_demand) {
        float near[MOST_ASKED];
        memset(near, 0, sizeof(float) * (size_t)q->dots.width);
        int side = (int)(a->gives ? q->of.wants : q->of.can), bits = (int)q->of.side_bits;
        own = nearest_in(q, &q->people->common_starts, &q->people->common, p, side, bits, near);
        if (!q->without_rare) own += nearest_in(q, &q->people->rare_starts, &q->people->rare, p, side, bits, near);
        for (int at = 0; at < q->asked; at++) met += q->asked_weight[at] * (double)near[at];
    } else {
        const Column *near = a->gives ? &q->near_wants : &q->near_can;
        own = a->gives ? q->own_wants : q->own_can;
        for (int64_t at = a->first_word; at < a->last_word; at++) {
            int64_t word = whole(&q->demands->words, at);
            met += (double)whole(&q->side->rarity, word) * ((const double *)near->data)[word];
        }
    }
    if (a->asked_words < (int64_t)q->of.few_words && own < (int64_t)q->of.few_words) return similar;
    double share = met / ((double)(a->asked_rarity > 1 ? a->asked_rarity : 1) * q->words_scale);
    if (share > 1.0) share = 1.0;
    return rising(&q->lines->words_x, corrected(q, share, own));
}

ALWAYS double most_of_words(const Query *q, const Ask *a, double similar) {
    if (isnan(similar) || a->asked_words <= 0) return similar;
    double top = rising(&q->lines->words_x, 1.0);
    return top > similar ? top : similar;
}

static int holds_unwanted(const Query *q, const Column *starts, const Column *entries, int64_t p) {
    int bits = (int)q->of.side_bits;
    int64_t at = whole(starts, p), end = whole(starts, p + 1);
    for (; at < end; at++)
        if (whole(&q->unwanted, whole(entries, at) >> bits)) return 1;
    return 0;
}

ALWAYS int fits_unwanted(const Query *q, const Ask *a, int64_t p) {
    if (!q->unwanted.data) return 0;
    if (!q->is_demand) return whole(&q->unwanted, a->row) != 0;
    if (holds_unwanted(q, &q->people->common_starts, &q->people->common, p)) return 1;
    return !q->without_rare && holds_unwanted(q, &q->people->rare_starts, &q->people->rare, p);
}

/* The signals beside those that compare texts, in their order, for a pair of `a` and `p`. */
#define PLAIN_SIGNALS(X)                                   \
    X(S_SKILLS, coverage(q, a, p, x))                      \
    X(S_AVAILABILITY, availability(q, a, p, x))            \
    X(S_TRAVEL, travel(q, a, p, x))                        \
    X(S_PREFERENCE, preference(q, a, p, x))                \
    X(S_QUALIFICATION, qualification(q, a, p))             \
    X(S_RECENCY, recency(q, p))                            \
    X(S_BALANCE, balance(q, a, p))                         \
    X(S_REST, rest(q, a, p))                               \
    X(S_PRICE, price(q, a, p))                             \
    X(S_FORM, form(q, a, p, x))                            \
    X(S_GAP, (1.0 - coverage(q, a, p, x)) * similar)       \
    X(S_EVENING, evening(q, a))                            \
    X(S_ONLINE, online_course(a))                          \
    X(S_STEP_UP, step_up(q, a, p))

typedef struct {
    const double *weights, *priors; /* of one kind, and of all */
    const double *words, *meaning;  /* known already, by pair, or NULL */
} Weighing;

/* How much of the texts is looked at; what is not counts as the most that it can be. */
enum { NO_TEXT, SIMILARITY, MEANING, ALL };

/* The points together, added in the order of the signals. */
ALWAYS double total_of(
    const Query *q, const Ask *a, int64_t p, const Change *x, const Weighing *by, double similar, int looked_at,
    int64_t known
) {
    const double *weights = by->weights, *priors = by->priors;
    double total = 0.0;
#define ADD(signal, expression)                                                             \
    if (weights[signal] != 0.0) {                                                           \
        double value = (expression), points = weights[signal] * (isnan(value) ? priors[signal] : value); \
        total = total + points;                                                             \
    }
    ADD(S_SIMILARITY, similar)
    ADD(S_WORDS, looked_at < ALL ? most_of_words(q, a, similar) : by->words ? by->words[known] : words(q, a, p, similar))
    ADD(S_MEANING, looked_at < MEANING ? (isnan(similar) ? NAN : 1.0)
                   : by->meaning       ? by->meaning[known]
                                       : meaning(q, a, p, similar))
    PLAIN_SIGNALS(ADD)
    return fits_unwanted(q, a, p) ? total + q->of.not_wanted : total;
}

/* The most that the similarity can be, without a look at the text; NaN where it is unknown. */
ALWAYS double most_similar(const Query *q, const Ask *a, int64_t p) {
    const Column *y = &q->lines->similar_y;
    int known = q->is_demand ? q->has_vector && whole(&q->people->vector_row, text_of(q, a, p)) != 0
                             : a->has_vector && (a->gives ? q->has_vector_wants : q->has_vector);
    return known ? ((const double *)y->data)[y->length - 1] : NAN;
}

/* ------------------------------------------------------------------------------------------------ making a query */

static void read_ask(const Query *q, int64_t row, Ask *a) {
    const Demands *d = q->demands;
    a->row = row;
    a->kind = whole(&d->kind, row);
    a->gives = whole(&q->kinds->gives, a->kind) != 0;
    a->teaches = whole(&q->kinds->teaches, a->kind) != 0;
    a->offering = a->kind == (int64_t)q->of.offering_kind;
    a->day_parts = whole(&d->day_parts, row);
    a->online = whole(&d->online, row);
    a->languages = whole(&d->languages, row);
    a->hours = real(&d->hours, row);
    a->certificate = whole(&d->certificate, row);
    a->company = whole(&d->company, row);
    a->place = whole(&d->place, row);
    a->price = real(&d->price, row);
    a->target = whole(&d->target, row);
    a->target_crebo = whole(&d->target_crebo, row);
    a->target_domain = whole(&d->target_domain, row);
    a->target_level = whole(&d->target_level, row);
    int64_t closes = whole(&d->closes, row);
    a->closed = (closes != (int64_t)q->of.no_day && closes < q->as_of) || whole(&d->full, row) != 0;
    a->first_moment = whole(&d->moment_starts, row);
    a->last_moment = whole(&d->moment_starts, row + 1);
    a->first_day = whole(&d->moment_day_starts, row);
    int64_t last_day = whole(&d->moment_day_starts, row + 1), soonest = INT64_MAX;
    a->moments = 0;
    a->more_mask = a->more_day = 0;
    for (int64_t at = a->first_day; at < last_day; at++) {
        int64_t day = whole(&d->moment_days, at);
        if (day < q->as_of) continue;
        a->moments++;
        if (day < soonest) soonest = day;
    }
    a->any_moments = a->moments > 0;
    int64_t first = whole(&d->starts, row);
    a->needed_on = soonest < INT64_MAX ? soonest : first > q->as_of ? first : q->as_of;
    a->first_skill = whole(&d->skill_starts, row);
    a->last_skill = whole(&d->skill_starts, row + 1);
    a->skill_total = 0;
    for (int64_t at = a->first_skill; at < a->last_skill; at++)
        a->skill_total += whole(&q->side->skill_weight, whole(&d->skills, at));
    a->first_word = whole(&d->word_starts, row);
    a->last_word = whole(&d->word_starts, row + 1);
    a->asked_words = a->asked_rarity = 0;
    for (int64_t at = a->first_word; at < a->last_word; at++) {
        int64_t rarity = whole(&q->side->rarity, whole(&d->words, at));
        a->asked_words += rarity > 0;
        a->asked_rarity += rarity;
    }
    const int8_t *vector = (const int8_t *)d->vector.data + row * q->dimension;
    a->has_vector = 0;
    for (int64_t at = 0; at < q->dimension && !a->has_vector; at++) a->has_vector = vector[at] != 0;
}

static int16_t *wider(const int8_t *vector, int64_t length, int *any) {
    int16_t *wide = (int16_t *)malloc(sizeof(int16_t) * (size_t)(length ? length : 1));
    int found = 0;
    for (int64_t at = 0; wide && at < length; at++) {
        wide[at] = vector[at];
        found |= vector[at] != 0;
    }
    if (any) *any = found;
    return wide;
}

static int prepare_demand(Query *q) {
    const Side *s = q->side;
    const Demands *d = q->demands;
    Ask *a = &q->ask;
    q->vector = wider((const int8_t *)d->vector.data + q->row * q->dimension, q->dimension, &q->has_vector);
    q->meaning = wider((const int8_t *)d->meaning.data + q->row * q->second_dimension, q->second_dimension, NULL);
    q->fits = (double *)malloc(sizeof(double) * (size_t)(s->name.length + 1));
    q->chunks = (int)((a->last_skill - a->first_skill + 63) / 64);
    q->asked = (int)a->asked_words;
    q->asked_vectors = (int16_t *)malloc(sizeof(int16_t) * (size_t)(q->asked * q->dimension + 1));
    q->asked_weight = (double *)malloc(sizeof(double) * (size_t)(q->asked + 1));
    q->cover_weight = (double *)calloc((size_t)q->chunks * 64 + 1, sizeof(double));
    if (!q->vector || !q->meaning || !q->fits || !q->asked_vectors || !q->asked_weight || !q->cover_weight) return -1;
    for (int64_t at = 0; at < s->name.length; at++) q->fits[at] = fit(q, a, at);
    int place = 0;
    for (int64_t at = a->first_word; at < a->last_word; at++) {
        int64_t word = whole(&d->words, at), rarity = whole(&s->rarity, word);
        if (!rarity) continue;
        const int8_t *own = (const int8_t *)s->word_vectors.data + word * q->dimension;
        for (int64_t one = 0; one < q->dimension; one++) q->asked_vectors[place * q->dimension + one] = own[one];
        q->asked_weight[place++] = (double)rarity;
    }
    return 0;
}

/* Which asked skills each word of a skill covers. */
static int prepare_skills(Query *q) {
    const Ask *a = &q->ask;
    q->covers = (uint64_t *)calloc((size_t)(q->skill_words * q->chunks) + 1, sizeof(uint64_t));
    if (!q->covers) return -1;
    for (int64_t at = a->first_skill; at < a->last_skill; at++) {
        int64_t asked = whole(&q->demands->skills, at), place = at - a->first_skill;
        q->cover_weight[place] = (double)whole(&q->side->skill_weight, asked);
        int64_t from = whole(&q->side->cover_starts, asked), end = whole(&q->side->cover_starts, asked + 1);
        for (; from < end; from++)
            q->covers[whole(&q->side->cover, from) * q->chunks + place / 64] |= (uint64_t)1 << (place % 64);
        if (!q->side->part.data) continue;
        from = whole(&q->side->part_starts, asked), end = whole(&q->side->part_starts, asked + 1);
        if (from < end && !q->parts) {
            q->parts = (uint64_t *)calloc((size_t)(q->skill_words * q->chunks) + 1, sizeof(uint64_t));
            if (!q->parts) return -1;
        }
        for (; from < end; from++)
            q->parts[whole(&q->side->part, from) * q->chunks + place / 64] |= (uint64_t)1 << (place % 64);
    }
    return 0;
}

static int prepare_person(Query *q) {
    const People *people = q->people;
    int64_t can = whole(&people->vector_row, whole(&people->can_text, q->row));
    int64_t wants = whole(&people->vector_row, whole(&people->wants_text, q->row));
    const int8_t *vectors = (const int8_t *)people->vectors.data, *meanings = (const int8_t *)people->meanings.data;
    q->vector = wider(vectors + can * q->dimension, q->dimension, &q->has_vector);
    q->vector_wants = wider(vectors + wants * q->dimension, q->dimension, &q->has_vector_wants);
    int64_t length = q->second_dimension;
    q->meaning = wider(meanings + whole(&people->can_text, q->row) * length, length, NULL);
    q->meaning_wants = wider(meanings + whole(&people->wants_text, q->row) * length, length, NULL);
    return q->vector && q->vector_wants && q->meaning && q->meaning_wants ? 0 : -1;
}

static PyTypeObject *table_type, *query_type;

static PyObject *new_query(PyTypeObject *type, PyObject *args, PyObject *words_) {
    PyObject *tables[5], *numbers, *beside[11];
    int is_demand, without_rare;
    long long row, as_of, year, agreed, own_can, own_wants, skill_words;
    double words_scale;
    if (words_ && PyDict_Size(words_)) return PyErr_Format(PyExc_TypeError, "no named arguments");
    if (!PyArg_ParseTuple(
            args, "(OOOOO)OiiLLLLdLLL(OOOOOOOOOOO)", &tables[0], &tables[1], &tables[2], &tables[3], &tables[4],
            &numbers, &is_demand, &without_rare, &row, &as_of, &year, &agreed, &words_scale, &skill_words, &own_can,
            &own_wants, &beside[0], &beside[1], &beside[2], &beside[3], &beside[4], &beside[5], &beside[6], &beside[7],
            &beside[8], &beside[9], &beside[10]))
        return NULL;
    static const size_t sizes[] = {sizeof(People), sizeof(Demands), sizeof(Side), sizeof(Lines), sizeof(Kinds)};
    for (int at = 0; at < 5; at++) {
        if (Py_TYPE(tables[at]) != table_type) return PyErr_Format(PyExc_TypeError, "no table");
        if ((size_t)((Table *)tables[at])->count * sizeof(Column) != sizes[at])
            return PyErr_Format(PyExc_ValueError, "a table with other columns");
    }
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Query *q = (Query *)allocate(type, 0);
    if (!q) return NULL;
    q->kept = PyTuple_Pack(5, tables[0], tables[1], tables[2], tables[3], tables[4]);
    if (!q->kept) goto failed;
    q->people = (const People *)((Table *)tables[0])->columns;
    q->demands = (const Demands *)((Table *)tables[1])->columns;
    q->side = (const Side *)((Table *)tables[2])->columns;
    q->lines = (const Lines *)((Table *)tables[3])->columns;
    q->kinds = (const Kinds *)((Table *)tables[4])->columns;
    Column *columns[] = {&q->km, &q->declined, &q->conflicts, &q->own, &q->firsts, &q->unwanted, &q->dots, &q->known,
                         &q->near_can, &q->near_wants, &q->has};
    for (int at = 0; at < 11; at++) {
        int writable = columns[at] == &q->dots || columns[at] == &q->known;
        if (read_column(beside[at], &q->buffers[at], columns[at], writable && beside[at] != Py_None) < 0) goto failed;
        q->count++;
    }
    Py_buffer buffer;
    Column column;
    if (read_column(numbers, &buffer, &column, 0) < 0) goto failed;
    if (column.type != F64 || (size_t)column.length * sizeof(double) != sizeof(Numbers)) {
        PyBuffer_Release(&buffer);
        PyErr_Format(PyExc_ValueError, "other constants");
        goto failed;
    }
    memcpy(&q->of, column.data, sizeof(Numbers));
    PyBuffer_Release(&buffer);
    q->is_demand = is_demand;
    q->without_rare = without_rare;
    q->row = row;
    q->as_of = as_of;
    q->year = year;
    q->agreed = agreed;
    q->skill_words = skill_words;
    q->words_scale = words_scale;
    q->own_can = own_can;
    q->own_wants = own_wants;
    q->dimension = q->people->vectors.width;
    q->second_dimension = q->people->meanings.width;
    int64_t rows = is_demand ? q->demands->kind.length : q->people->order.length;
    if (row < 0 || row >= rows || q->demands->vector.width != q->dimension
        || (q->side->word_vectors.length && q->side->word_vectors.width != q->dimension)
        || (q->lines->second_x.data && q->demands->meaning.width != q->second_dimension)) {
        PyErr_Format(PyExc_ValueError, "no such query");
        goto failed;
    }
    if (!q->lines->second_x.data) q->second_dimension = 0;
    if (is_demand) {
        read_ask(q, row, &q->ask);
        if (q->ask.asked_words > MOST_ASKED) {
            PyErr_Format(PyExc_OverflowError, "more than %d words are asked", MOST_ASKED);
            goto failed;
        }
        int64_t asked = q->ask.asked_words, width = q->dots.width;
        if (asked && (q->dots.type != F32 || width < asked || width % TOGETHER || width > MOST_ASKED || !q->known.data)) {
            PyErr_Format(PyExc_ValueError, "other words are asked");
            goto failed;
        }
    }
    if ((is_demand ? prepare_demand(q) || prepare_skills(q) : prepare_person(q)) != 0) {
        PyErr_NoMemory();
        goto failed;
    }
    return (PyObject *)q;
failed:
    Py_DECREF(q);
    return NULL;
}

static void free_query(PyObject *object) {
    Query *q = (Query *)object;
    for (int at = 0; at < q->count; at++)
        if (q->buffers[at].obj) PyBuffer_Release(&q->buffers[at]);
    free(q->vector);
    free(q->meaning);
    free(q->vector_wants);
    free(q->meaning_wants);
    free(q->asked_vectors);
    free(q->asked_weight);
    free(q->covers);
    free(q->parts);
    free(q->cover_weight);
    free(q->fits);
    Py_XDECREF(q->kept);
    PyTypeObject *type = Py_TYPE(object);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(object);
    Py_DECREF(type);
}

/* ------------------------------------------------------------------------------------------------ arrays of a call */

typedef struct {
    int count;
    Py_buffer buffers[10];
} Taken;

static void give_back(Taken *taken) {
    for (int at = 0; at < taken->count; at++)
        if (taken->buffers[at].obj) PyBuffer_Release(&taken->buffers[at]);
}

/* An array of this type, which results are written to, or NULL where it is None. Sets an error where it is another. */
static void *take_array(Taken *taken, PyObject *object, int type, int writable, Py_ssize_t *length) {
    Column column;
    if (length) *length = 0;
    if (PyErr_Occurred() || object == Py_None) return NULL;
    if (read_column(object, &taken->buffers[taken->count], &column, writable) < 0) return NULL;
    taken->count++;
    if (column.type != type) {
        PyErr_Format(PyExc_TypeError, "an array of another type");
        return NULL;
    }
    if (length) *length = column.length * column.width;
    return (void *)column.data;
}

static Py_ssize_t candidates_of(const Query *q) {
    return q->is_demand ? q->people->order.length : q->demands->kind.length;
}

static int in_range(const Query *q, const int64_t *rows, Py_ssize_t count) {
    Py_ssize_t most = candidates_of(q);
    int outside = 0;
    for (Py_ssize_t at = 0; at < count; at++) outside |= (uint64_t)rows[at] >= (uint64_t)most;
    if (outside) PyErr_Format(PyExc_IndexError, "a row that is none");
    return !outside;
}

/* Of a candidate by its row: the demand and the alumnus of the pair. */
#define PAIR(candidate)                               \
    const Ask *a = &q->ask;                           \
    Ask other;                                        \
    int64_t p = (candidate);                          \
    if (!q->is_demand) {                              \
        read_ask(q, p, &other);                       \
        a = &other;                                   \
        p = q->row;                                   \
    }

/* ------------------------------------------------------------------------------------------------ judging */

#define BLOCK 2048

ALWAYS void load_block(const Column *column, int64_t start, int64_t count, int32_t *out) {
    switch (column->type) {
#define CASE(code, type)                                                                  \
    case code: {                                                                          \
        const type *from = (const type *)column->data + start;                            \
        for (int64_t at = 0; at < count; at++) out[at] = (int32_t)from[at];               \
        break;                                                                            \
    }
        CASE(I8, int8_t)
        CASE(U8, uint8_t)
        CASE(I16, int16_t)
        CASE(U16, uint16_t)
        CASE(I32, int32_t)
        CASE(U32, uint32_t)
    default: {
        const int64_t *from = (const int64_t *)column->data + start;
        for (int64_t at = 0; at < count; at++)
            out[at] = (int32_t)(from[at] > INT32_MAX ? INT32_MAX : from[at] < INT32_MIN ? INT32_MIN : from[at]);
    }
    }
}

ALWAYS int64_t count_of(const uint8_t *alive, int64_t count) {
    int64_t sum = 0;
    for (int64_t at = 0; at < count; at++) sum += alive[at];
    return sum;
}

typedef struct {
    int64_t eligible, willing;
} Judged;

/* One rule over a block: who fails is alive no longer, and counted. */
#define RULE_OVER_BLOCK(rule, condition)                                                   \
    if (left) {                                                                            \
        for (int64_t at = 0; at < count; at++) alive[at] &= (uint8_t)(condition);          \
        int64_t now = count_of(alive, count);                                              \
        excluded[rule] += left - now;                                                      \
        left = now;                                                                        \
    }

/* One rule over who is left of a block. */
#define KEEP(rule, applies, passes)                          \
    if ((applies) && kept) {                                 \
        int64_t still = 0;                                   \
        for (int64_t at = 0; at < kept; at++) {              \
            int64_t p = rows[at];                            \
            (void)p;                                         \
            int passed = (passes) != 0;                      \
            rows[still] = rows[at];                          \
            still += passed;                                 \
        }                                                    \
        excluded[rule] += kept - still;                      \
        kept = still;                                        \
    }

ALWAYS Judged judge_all_body(
    const Query *q, const uint8_t *seen, int64_t *eligible, int64_t *willing, int64_t *excluded
) {
    const Ask same = q->ask, *a = &same; /* a copy, which nothing that is written can change */
    Judged judged = {0, 0};
    int64_t total = candidates_of(q);
    int32_t one[BLOCK], two[BLOCK];
    int64_t rows[BLOCK + 1];
    uint8_t alive[BLOCK];
    int32_t bit = (int32_t)whole(&q->kinds->consent_bit, a->kind), agreed = (int32_t)q->agreed;
    int32_t offered = (int32_t)1 << a->kind, day = (int32_t)q->as_of, none = (int32_t)q->of.none_bit;
    Py_ssize_t next_declined = 0, next_conflict = 0;
    for (int64_t start = 0; start < total; start += BLOCK) {
        int64_t count = total - start < BLOCK ? total - start : BLOCK;
        if (seen) memcpy(alive, seen + start, (size_t)count);
        else memset(alive, 1, (size_t)count);
        int64_t left = count_of(alive, count);
        if (!left) continue;
        load_block(&q->side->consents, start, count, one);
        RULE_OVER_BLOCK(R_NO_CONSENT, ((one[at] | agreed) & bit) != 0)
        if (left) load_block(&q->people->paused_until, start, count, one);
        RULE_OVER_BLOCK(R_PAUSED, one[at] <= day)
        if (!a->gives) {
            if (left) load_block(&q->people->offers, start, count, one);
            RULE_OVER_BLOCK(R_NOT_OFFERED, (one[at] != UNKNOWN) & ((one[at] & offered) != 0))
            if (left) load_block(&q->side->asks, start, count, one);
            if (left) load_block(&q->side->budget, start, count, two);
            RULE_OVER_BLOCK(R_BUDGET_SPENT, one[at] < two[at])
        } else {
            if (left) load_block(&q->people->need_kinds, start, count, one);
            RULE_OVER_BLOCK(R_NO_INTEREST, (one[at] == UNKNOWN) | ((one[at] >> none & 1) == 0))
        }
        const int64_t *set = (const int64_t *)q->declined.data;
        for (; next_declined < q->declined.length && set[next_declined] < start + count; next_declined++)
            if (set[next_declined] >= start && alive[set[next_declined] - start]) {
                alive[set[next_declined] - start] = 0;
                excluded[R_DECLINED_BEFORE]++;
                left--;
            }
        set = (const int64_t *)q->conflicts.data;
        for (; next_conflict < q->conflicts.length && set[next_conflict] < start + count; next_conflict++)
            if (set[next_conflict] >= start && alive[set[next_conflict] - start]) {
                alive[set[next_conflict] - start] = 0;
                excluded[R_CONFLICT]++;
                left--;
            }
        if (q->own.data) {
            load_block(&q->own, start, count, one);
            RULE_OVER_BLOCK(R_OWN_FIELD, one[at] != 0)
        }
        if (!left) continue;
        int64_t kept = 0;
        for (int64_t at = 0; at < count; at++) {
            rows[kept] = start + at;
            kept += alive[at];
        }
        if (willing) memcpy(willing + judged.willing, rows, sizeof(int64_t) * (size_t)kept);
        judged.willing += kept;
        KEEP(R_CLOSED, a->closed, 0)
        KEEP(R_TOO_FAR, a->online != 1, !(distance_km(q, a, p) > max_distance_of(q, p, NULL))
                                            || without_travel(q, a, p, NULL))
        KEEP(R_NO_COMMON_SLOT, a->moments, moments_met(q, a, p, NULL) > 0)
        KEEP(R_NO_COMMON_LANGUAGE, a->languages != 0, !whole(&q->people->languages, p)
                                                          || (whole(&q->people->languages, p) & a->languages))
        KEEP(R_LEGAL_HOURS, a->teaches && a->hours > q->of.most_hours, whole(&q->people->qualified_teacher, p) == 1)
        KEEP(R_NO_CERTIFICATE, a->certificate, whole(&q->people->certificate_until, p) >= a->needed_on)
        KEEP(R_NOT_RECOGNISED, a->company, whole(&q->people->company, p) == 1)
        memcpy(eligible + judged.eligible, rows, sizeof(int64_t) * (size_t)kept);
        judged.eligible += kept;
    }
    return judged;
}

TWICE(
    Judged, judge_all,
    (const Query *q, const uint8_t *seen, int64_t *eligible, int64_t *willing, int64_t *excluded),
    (q, seen, eligible, willing, excluded))

static PyObject *judge(PyObject *self, PyObject *args) {
    Query *q = (Query *)self;
    PyObject *seen_, *rows_, *eligible_, *willing_, *excluded_;
    if (!PyArg_ParseTuple(args, "OOOOO", &seen_, &rows_, &eligible_, &willing_, &excluded_)) return NULL;
    Taken taken = {0};
    Py_ssize_t seen_count, count, most, most_willing, rules;
    const uint8_t *seen = take_array(&taken, seen_, U8, 0, &seen_count);
    const int64_t *rows = take_array(&taken, rows_, I64, 0, &count);
    int64_t *eligible = take_array(&taken, eligible_, I64, 1, &most);
    int64_t *willing = take_array(&taken, willing_, I64, 1, &most_willing);
    int64_t *excluded = take_array(&taken, excluded_, I64, 1, &rules);
    Py_ssize_t expected = rows_ == Py_None ? candidates_of(q) : count;
    if (!PyErr_Occurred()
        && (most < expected || (willing && most_willing < expected) || (seen && seen_count != expected) || rules != RULES))
        PyErr_Format(PyExc_ValueError, "arrays of other lengths");
    if (PyErr_Occurred() || (rows && !in_range(q, rows, count))) {
        give_back(&taken);
        return NULL;
    }
    Judged judged = {0, 0};
    Py_BEGIN_ALLOW_THREADS
    if (rows_ == Py_None && q->is_demand) {
        judged = judge_all(q, seen, eligible, willing, excluded);
    } else {
        for (Py_ssize_t at = 0; at < expected; at++) {
            if (seen && !seen[at]) continue;
            int64_t row = rows_ == Py_None ? at : rows[at];
            PAIR(row)
            unsigned fails = fails_as_person(q, a, p, NULL, 1);
            if (!fails) {
                if (willing) willing[judged.willing] = row;
                judged.willing++;
                fails = fails_as_pair(q, a, p, NULL, 1);
            }
            if (fails) excluded[lowest(fails)]++;
            else eligible[judged.eligible++] = row;
        }
    }
    Py_END_ALLOW_THREADS
    give_back(&taken);
    return Py_BuildValue("LL", (long long)judged.eligible, (long long)judged.willing);
}

static PyObject *fails(PyObject *self, PyObject *args) {
    Query *q = (Query *)self;
    PyObject *rows_, *out_;
    int as_person;
    if (!PyArg_ParseTuple(args, "OiO", &rows_, &as_person, &out_)) return NULL;
    Taken taken = {0};
    Py_ssize_t count, room;
    const int64_t *rows = take_array(&taken, rows_, I64, 0, &count);
    int32_t *out = take_array(&taken, out_, I32, 1, &room);
    if (!PyErr_Occurred() && room != count) PyErr_Format(PyExc_ValueError, "arrays of other lengths");
    if (PyErr_Occurred() || !in_range(q, rows, count)) {
        give_back(&taken);
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t at = 0; at < count; at++) {
        PAIR(rows[at])
        out[at] = (int32_t)((as_person ? fails_as_person(q, a, p, NULL, 0) : 0) | fails_as_pair(q, a, p, NULL, 0));
    }
    Py_END_ALLOW_THREADS
    give_back(&taken);
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------------------------------------ values, scores */

/* One signal of all pairs; of one demand without looking at it again for each. */
#define FILL(signal, expression)                                      \
    case signal:                                                      \
        if (q->is_demand) {                                           \
            for (int64_t at = 0; at < count; at++) {                  \
                int64_t p = rows[at];                                 \
                double similar = near ? near[at] : NAN;               \
                (void)p, (void)similar;                               \
                to[at] = (expression);                                \
            }                                                         \
        } else {                                                      \
            for (int64_t at = 0; at < count; at++) {                  \
                read_ask(q, rows[at], &other);                        \
                double similar = near ? near[at] : NAN;               \
                (void)similar;                                        \
                to[at] = (expression);                                \
            }                                                         \
        }                                                             \
        break;

ALWAYS void fill_values_body(
    const Query *q, const int64_t *rows, int64_t count, const double *near, const int64_t *signals, int64_t wanted,
    double *out
) {
    const Ask same = q->ask, *a = &same;
    const Change *x = NULL;
    Ask other;
    int64_t p = q->row;
    if (!q->is_demand) a = &other;
    for (int64_t one = 0; one < wanted; one++) {
        double *to = out + one * count;
        switch (signals[one]) {
        case S_SIMILARITY:
            for (int64_t at = 0; at < count; at++) {
                if (!q->is_demand) read_ask(q, rows[at], &other);
                else if (!near && at + AHEAD < count) soon(q, a, rows[at + AHEAD]);
                to[at] = near ? near[at] : similarity(q, a, q->is_demand ? rows[at] : p);
            }
            if (!near) near = to;
            break;
            FILL(S_WORDS, words(q, a, p, similar))
            FILL(S_MEANING, meaning(q, a, p, similar))
            PLAIN_SIGNALS(FILL)
        default:
            for (int64_t at = 0; at < count; at++) to[at] = NAN;
        }
    }
}

TWICE(
    void, fill_values,
    (const Query *q, const int64_t *rows, int64_t count, const double *near, const int64_t *signals, int64_t wanted,
     double *out),
    (q, rows, count, near, signals, wanted, out))

static PyObject *values(PyObject *self, PyObject *args) {
    Query *q = (Query *)self;
    PyObject *rows_, *similar_, *signals_, *out_;
    if (!PyArg_ParseTuple(args, "OOOO", &rows_, &similar_, &signals_, &out_)) return NULL;
    Taken taken = {0};
    Py_ssize_t count, known, wanted, room;
    const int64_t *rows = take_array(&taken, rows_, I64, 0, &count);
    const double *similar = take_array(&taken, similar_, F64, 0, &known);
    const int64_t *signals = take_array(&taken, signals_, I64, 0, &wanted);
    double *out = take_array(&taken, out_, F64, 1, &room);
    if (!PyErr_Occurred() && (room != count * wanted || (similar && known != count)))
        PyErr_Format(PyExc_ValueError, "arrays of other lengths");
    if (PyErr_Occurred() || !in_range(q, rows, count)) {
        give_back(&taken);
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    fill_values(q, rows, count, similar, signals, wanted, out);
    Py_END_ALLOW_THREADS
    give_back(&taken);
    Py_RETURN_NONE;
}

static int take_weights(Taken *taken, PyObject *weights_, PyObject *priors_, Weighing *by, const Query *q) {
    Py_ssize_t count, priors;
    by->weights = take_array(taken, weights_, F64, 0, &count);
    by->priors = take_array(taken, priors_, F64, 0, &priors);
    by->words = by->meaning = NULL;
    if (!PyErr_Occurred() && (count != q->kinds->gives.length * SIGNALS || priors != SIGNALS))
        PyErr_Format(PyExc_ValueError, "weights of other signals");
    return PyErr_Occurred() ? -1 : 0;
}

#define OF_KIND(by, a) \
    Weighing weighing = (by); \
    weighing.weights += (a)->kind * SIGNALS

/* The score of each pair; `similar`, `words` and `meaning`: what is known already, or None. With changes: NaN where a
 * rule excludes the pair. */
static PyObject *scores(PyObject *self, PyObject *args) {
    Query *q = (Query *)self;
    PyObject *rows_, *similar_, *words_, *meaning_, *weights_, *priors_, *what_, *values_, *out_;
    if (!PyArg_ParseTuple(
            args, "OOOOOOOOO", &rows_, &similar_, &words_, &meaning_, &weights_, &priors_, &what_, &values_, &out_))
        return NULL;
    Taken taken = {0};
    Weighing by;
    Py_ssize_t count, known[5], room;
    const int64_t *rows = take_array(&taken, rows_, I64, 0, &count);
    const double *similar = take_array(&taken, similar_, F64, 0, &known[0]);
    const double *of_words = take_array(&taken, words_, F64, 0, &known[1]);
    const double *of_meaning = take_array(&taken, meaning_, F64, 0, &known[2]);
    int failed = take_weights(&taken, weights_, priors_, &by, q);
    const int64_t *what = take_array(&taken, what_, I64, 0, &known[3]);
    const int64_t *changed = take_array(&taken, values_, I64, 0, &known[4]);
    double *out = take_array(&taken, out_, F64, 1, &room);
    by.words = of_words;
    by.meaning = of_meaning;
    if (!PyErr_Occurred()) {
        int wrong = room != count || (what && !changed), none = what && !q->is_demand;
        const void *arrays[] = {similar, of_words, of_meaning, what, changed};
        for (int at = 0; at < 5; at++) wrong |= arrays[at] && known[at] != count;
        for (Py_ssize_t at = 0; what && !wrong && at < count; at++)
            none |= what[at] == C_SKILL && (changed[at] < 0 || changed[at] >= q->skill_words);
        if (wrong) PyErr_Format(PyExc_ValueError, "arrays of other lengths");
        else if (none) PyErr_Format(PyExc_ValueError, "a change that is none");
    }
    if (failed || PyErr_Occurred() || !in_range(q, rows, count)) {
        give_back(&taken);
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t at = 0; at < count; at++) {
        PAIR(rows[at])
        OF_KIND(by, a);
        double near = similar ? similar[at] : similarity(q, a, p);
        if (!what) {
            out[at] = total_of(q, a, p, NULL, &weighing, near, ALL, at);
            continue;
        }
        Change change = {(int)what[at], changed[at], 0.0};
        memcpy(&change.real, &changed[at], sizeof(double)); /* of a distance: the bits of a double */
        out[at] = failing(q, a, p, &change, 1) ? NAN : total_of(q, a, p, &change, &weighing, near, ALL, at);
    }
    Py_END_ALLOW_THREADS
    give_back(&taken);
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------------------------------------ the best */

typedef struct {
    double bound, similar;
    int64_t place; /* among the rows */
    int looked_at;
} Open;

ALWAYS void sink(Open *heap, int64_t count, int64_t at) {
    Open moved = heap[at];
    for (int64_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && heap[child + 1].bound > heap[child].bound) child++;
        if (heap[child].bound <= moved.bound) break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

/* The k largest numbers seen so far: the smallest stands first. */
typedef struct {
    double *values;
    int64_t count, most;
} Largest;

ALWAYS void add_to(Largest *largest, double value) {
    double *heap = largest->values;
    int64_t at;
    if (largest->count < largest->most) {
        for (at = largest->count++; at && heap[(at - 1) / 2] > value; at = (at - 1) / 2) heap[at] = heap[(at - 1) / 2];
        heap[at] = value;
        return;
    }
    if (value <= heap[0]) return;
    int64_t count = largest->count, child;
    for (at = 0; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && heap[child + 1] < heap[child]) child++;
        if (heap[child] >= value) break;
        heap[at] = heap[child];
    }
    heap[at] = value;
}

ALWAYS double least_of(const Largest *largest) {
    return largest->count < largest->most ? -INFINITY : largest->values[0];
}

typedef struct {
    double score;
    int64_t order, row;
} Found;

static int before(const void *one, const void *other) {
    const Found *a = (const Found *)one, *b = (const Found *)other;
    if (a->score != b->score) return a->score > b->score ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

#define FIRST_LOOKED_AT 48

/* Scores the pairs whose bound is among the highest: their bound is the score then, and they are done. */
#define SCORE(at, similar_of)                                                     \
    do {                                                                          \
        PAIR(rows[at])                                                            \
        OF_KIND(*by, a);                                                          \
        double near = (similar_of);                                               \
        double score = total_of(q, a, p, NULL, &weighing, near, ALL, at);         \
        if (found == room && !(scored = larger(scored, &room, sizeof(Found)))) goto done; \
        add_to(&exact, score);                                                    \
        scored[found++] = (Found){score, whole(orders, rows[at]), rows[at]};      \
        bound[at] = -INFINITY;                                                    \
    } while (0)

/* Twice the room; frees what there was and gives NULL where there is none. */
static void *larger(void *array, int64_t *room, size_t size) {
    void *more = realloc(array, (size_t)(*room *= 2) * size);
    if (!more) free(array);
    return more;
}

#define BOUNDS 512

/* The most that the scores of these alumni can be: as `total_of`, one signal after another. */
ALWAYS void bound_block(
    const Query *q, const int64_t *rows, int64_t count, const Weighing *by, const double *given, double *total
) {
    const Ask same = q->ask, *a = &same;
    const Change *x = NULL;
    const double *weights = by->weights + a->kind * SIGNALS, *priors = by->priors;
    double highest[BOUNDS];
    for (int64_t at = 0; at < count; at++) {
        highest[at] = given ? given[at] : most_similar(q, a, rows[at]);
        total[at] = 0.0;
    }
#define OVER(signal, expression)                                              \
    if (weights[signal] != 0.0) {                                             \
        const double weight = weights[signal], prior = priors[signal];        \
        for (int64_t at = 0; at < count; at++) {                              \
            int64_t p = rows[at];                                             \
            double similar = highest[at], value = (expression);               \
            (void)p, (void)similar;                                           \
            double points = weight * (isnan(value) ? prior : value);          \
            total[at] = total[at] + points;                                   \
        }                                                                     \
    }
    OVER(S_SIMILARITY, similar)
    OVER(S_WORDS, most_of_words(q, a, similar))
    OVER(S_MEANING, isnan(similar) ? NAN : 1.0)
    PLAIN_SIGNALS(OVER)
    if (q->unwanted.data)
        for (int64_t at = 0; at < count; at++)
            if (fits_unwanted(q, a, rows[at])) total[at] = total[at] + q->of.not_wanted;
}

/* The k best of these rows, exactly: bounds of all, then what costs more of those whose bound reaches the k-th best. */
ALWAYS int64_t find_best_body(
    const Query *q, const int64_t *rows, int64_t count, int64_t k, const Weighing *by, const double *given,
    int64_t *out_rows, double *out_scores, int64_t *computed
) {
    int64_t most = k < count ? k : count, found = 0, open = 0, result = 0, verified = 0, room = 512, heap_room = 512;
    int64_t wide = most > FIRST_LOOKED_AT ? most : FIRST_LOOKED_AT;
    double *bound = (double *)malloc(sizeof(double) * (size_t)(count + 1)), least;
    Largest first = {NULL, 0, wide}, exact = {NULL, 0, most};
    first.values = (double *)malloc(sizeof(double) * (size_t)wide);
    exact.values = (double *)malloc(sizeof(double) * (size_t)(most + 1));
    Found *scored = (Found *)malloc(sizeof(Found) * (size_t)room);
    Open *heap = (Open *)malloc(sizeof(Open) * (size_t)heap_room);
    *computed = -1;
    if (!bound || !first.values || !exact.values || !scored || !heap) goto done;
    if (!most) {
        *computed = 0;
        goto done;
    }
    const Column *orders = q->is_demand ? &q->people->order : &q->demands->order;
    if (q->is_demand) { /* no text is looked at */
        for (int64_t start = 0; start < count; start += BOUNDS)
            bound_block(q, rows + start, count - start < BOUNDS ? count - start : BOUNDS, by, given ? given + start : NULL,
                        bound + start);
    } else {
        for (int64_t at = 0; at < count; at++) {
            PAIR(rows[at])
            OF_KIND(*by, a);
            double highest = given ? given[at] : most_similar(q, a, p);
            bound[at] = total_of(q, a, p, NULL, &weighing, highest, given ? SIMILARITY : NO_TEXT, at);
        }
    }
    for (int64_t at = 0; at < count; at++) add_to(&first, bound[at]);
    double likely = least_of(&first);
    for (int64_t at = 0; at < count; at++) {
        if (bound[at] < likely || found >= 4 * wide) continue;
        SCORE(at, given ? given[at] : similarity(q, a, p));
        verified++;
    }
    least = least_of(&exact);
    for (int64_t at = 0; at < count; at++) {
        if (bound[at] < least || bound[at] == -INFINITY) continue;
        if (open == heap_room && !(heap = larger(heap, &heap_room, sizeof(Open)))) goto done;
        heap[open++] = (Open){bound[at], given ? given[at] : NAN, at, given ? SIMILARITY : NO_TEXT};
    }
    if (!given) { /* then the similarity of those who may still be among the best */
        int64_t left = 0;
        first.count = 0;
        for (int64_t one = 0; one < open; one++) {
            int64_t at = heap[one].place;
            PAIR(rows[at])
            OF_KIND(*by, a);
            if (q->is_demand && one + AHEAD < open) soon(q, a, rows[heap[one + AHEAD].place]);
            double near = similarity(q, a, p);
            double closer = total_of(q, a, p, NULL, &weighing, near, SIMILARITY, at);
            verified++;
            if (closer < least) continue;
            heap[left++] = (Open){closer, near, at, SIMILARITY};
            add_to(&first, closer);
        }
        likely = least_of(&first);
        open = 0;
        for (int64_t one = 0; one < left; one++) {
            if (heap[one].bound >= likely) SCORE(heap[one].place, heap[one].similar);
            else heap[open++] = heap[one];
        }
    }
    for (int64_t at = open / 2 - 1; at >= 0; at--) sink(heap, open, at);
    while (open && heap[0].bound >= least_of(&exact)) {
        if (heap[0].looked_at == SIMILARITY && q->lines->second_x.data) {
            int64_t at = heap[0].place;
            PAIR(rows[at])
            OF_KIND(*by, a);
            heap[0].bound = total_of(q, a, p, NULL, &weighing, heap[0].similar, MEANING, at);
            heap[0].looked_at = MEANING;
        } else {
            SCORE(heap[0].place, heap[0].similar);
            heap[0] = heap[--open];
        }
        if (open) sink(heap, open, 0);
    }
    least = least_of(&exact);
    int64_t reaching = 0;
    for (int64_t at = 0; at < found; at++)
        if (scored[at].score >= least) scored[reaching++] = scored[at];
    qsort(scored, (size_t)reaching, sizeof(Found), before);
    for (; result < most && result < reaching; result++) {
        out_rows[result] = scored[result].row;
        out_scores[result] = scored[result].score;
    }
    *computed = verified;
done:
    free(bound);
    free(heap);
    free(scored);
    free(first.values);
    free(exact.values);
    return result;
}

TWICE(
    int64_t, find_best,
    (const Query *q, const int64_t *rows, int64_t count, int64_t k, const Weighing *by, const double *given,
     int64_t *out_rows, double *out_scores, int64_t *computed),
    (q, rows, count, k, by, given, out_rows, out_scores, computed))

static PyObject *best(PyObject *self, PyObject *args) {
    Query *q = (Query *)self;
    PyObject *rows_, *similar_, *weights_, *priors_, *out_rows_, *out_scores_;
    if (!PyArg_ParseTuple(args, "OOOOOO", &rows_, &similar_, &weights_, &priors_, &out_rows_, &out_scores_)) return NULL;
    Taken taken = {0};
    Weighing by;
    Py_ssize_t count, known, k, room;
    const int64_t *rows = take_array(&taken, rows_, I64, 0, &count);
    const double *similar = take_array(&taken, similar_, F64, 0, &known);
    int failed = take_weights(&taken, weights_, priors_, &by, q);
    int64_t *out_rows = take_array(&taken, out_rows_, I64, 1, &k);
    double *out_scores = take_array(&taken, out_scores_, F64, 1, &room);
    if (!PyErr_Occurred() && (room != k || (similar && known != count)))
        PyErr_Format(PyExc_ValueError, "arrays of other lengths");
    if (failed || PyErr_Occurred() || !in_range(q, rows, count)) {
        give_back(&taken);
        return NULL;
    }
    int64_t found, verified;
    Py_BEGIN_ALLOW_THREADS
    found = find_best(q, rows, count, k, &by, similar, out_rows, out_scores, &verified);
    Py_END_ALLOW_THREADS
    give_back(&taken);
    if (verified < 0) return PyErr_NoMemory();
    return Py_BuildValue("LL", (long long)found, (long long)verified);
}

/* Inserts this demand into the list of each of these alumni, of k places each, where it belongs. */
static PyObject *insert(PyObject *self, PyObject *args) {
    Query *q = (Query *)self;
    PyObject *rows_, *weights_, *priors_, *best_rows_, *best_scores_;
    int number;
    if (!PyArg_ParseTuple(args, "OOOiOO", &rows_, &weights_, &priors_, &number, &best_rows_, &best_scores_)) return NULL;
    Taken taken = {0};
    Weighing by;
    Py_ssize_t count, places, room;
    const int64_t *rows = take_array(&taken, rows_, I64, 0, &count);
    int failed = take_weights(&taken, weights_, priors_, &by, q);
    int32_t *best_rows = take_array(&taken, best_rows_, I32, 1, &places);
    double *best_scores = take_array(&taken, best_scores_, F64, 1, &room);
    Py_ssize_t people = q->people->order.length;
    if (!PyErr_Occurred() && (!q->is_demand || room != places || (people && places % people)))
        PyErr_Format(PyExc_ValueError, "arrays of other lengths");
    if (failed || PyErr_Occurred() || !in_range(q, rows, count)) {
        give_back(&taken);
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    const Ask *a = &q->ask;
    int64_t k = people ? places / people : 0;
    OF_KIND(by, a);
    for (Py_ssize_t one = 0; one < count && k; one++) {
        int64_t p = rows[one];
        if (one + AHEAD < count) soon(q, a, rows[one + AHEAD]);
        double *own = best_scores + p * k, least = own[k - 1];
        int32_t *of = best_rows + p * k;
        double highest = most_similar(q, a, p);
        if (!(total_of(q, a, p, NULL, &weighing, highest, NO_TEXT, one) > least)) continue;
        double similar = similarity(q, a, p);
        if (!(total_of(q, a, p, NULL, &weighing, similar, SIMILARITY, one) > least)) continue;
        if (weighing.weights[S_MEANING] > 0.0 && !(total_of(q, a, p, NULL, &weighing, similar, MEANING, one) > least))
            continue;
        double score = total_of(q, a, p, NULL, &weighing, similar, ALL, one);
        if (!(score > least)) continue; /* an equal one came before, and stays */
        int64_t at = k - 1;
        for (; at && own[at - 1] < score; at--) {
            own[at] = own[at - 1];
            of[at] = of[at - 1];
        }
        own[at] = score;
        of[at] = number;
    }
    Py_END_ALLOW_THREADS
    give_back(&taken);
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------------------------------------ what would add */

/* What a change of the request can mend, in this order. */
enum { M_DAY_PART, M_ONLINE, M_CERTIFICATE, M_LANGUAGE, M_HOURS, MENDS };
static const int MENDED[] = {R_NO_COMMON_SLOT, R_TOO_FAR, R_NO_CERTIFICATE, R_NO_COMMON_LANGUAGE, R_LEGAL_HOURS};
enum { LACKS_NOTHING = -1, LACKS_MORE = -2 };
#define EITHER 2
#define DAY_PARTS_TRIED 3
#define MOST_DAY_PARTS 32
#define IN_BLOCK 512

/* The thresholds of a kind: the weight of all texts, the least that texts may be where they are known to be strong,
 * good and possible, and the least grade that is good. */
typedef struct {
    double text_weight, strong, good, possible, least;
} Thresholds;

/* An alumnus whom a change can reach: what is lacking, what the texts come to, and the points of all other signals. */
typedef struct {
    int64_t p;
    int lacks;
    double about, rest[SIGNALS];
} Reached;

typedef struct {
    int64_t p;
    int lacks, cannot_at_all;
    double similar;
} Near;

typedef struct {
    int64_t bits[DAY_PARTS_TRIED], adds[DAY_PARTS_TRIED + MENDS]; /* bits: -1 for none */
} Added;

/* As `bands._mean` of the signals that compare texts; then as `bands.Bands._about`. */
ALWAYS double about_of(
    const Ask *a, const double *weights, const Thresholds *of, double similar, double words_, double meaning_
) {
    double points = 0.0, known = 0.0;
#define OF_TEXT(signal, value)                                \
    if (weights[signal] != 0.0 && !isnan(value)) {            \
        points = points + weights[signal] * (value);          \
        known = known + weights[signal];                      \
    }
    OF_TEXT(S_SIMILARITY, similar)
    OF_TEXT(S_WORDS, words_)
    OF_TEXT(S_MEANING, meaning_)
    double mean = known > 0.0 ? points / known : NAN;
    return isnan(mean) ? (a->has_vector ? of->possible : of->strong) : mean;
}

ALWAYS double sum_of(const double *weights, const double *parts) {
    double total = 0.0;
    for (int signal = S_SKILLS; signal < SIGNALS; signal++)
        if (weights[signal] != 0.0) total = total + parts[signal];
    return total;
}

ALWAYS int fits_band(const Thresholds *of, double about, double rest) {
    return about >= of->good && rest + of->text_weight * about >= of->least;
}

/* The points of one signal, an unknown one as it usually is. */
#define PART(signal, expression)                                                    \
    if (weights[signal] != 0.0) {                                                   \
        double value = (expression);                                                \
        parts[signal] = weights[signal] * (isnan(value) ? usual[signal] : value);   \
    }

ALWAYS void all_parts(
    const Query *q, const Ask *a, int64_t p, double similar, const double *weights, const double *usual, double *parts
) {
    const Change *x = NULL;
    PLAIN_SIGNALS(PART)
}

/* The signals that a change of the form of a request moves. */
ALWAYS void online_parts(
    const Query *q, const Ask *a, int64_t p, const double *weights, const double *usual, double *parts
) {
    const Change *x = NULL;
    PART(S_TRAVEL, travel(q, a, p, x))
    PART(S_PREFERENCE, preference(q, a, p, x))
    PART(S_FORM, form(q, a, p, x))
}

ALWAYS void day_parts(
    const Query *q, const Ask *a, int64_t p, const double *weights, const double *usual, double *parts
) {
    const Change *x = NULL;
    PART(S_AVAILABILITY, availability(q, a, p, x))
}

ALWAYS int cannot_come(const Ask *a, double met) { /* what is not known is no lack */
    return !isnan(met) && (a->offering ? met < 1.0 : met <= 0.0);
}

/* Whether one change could add this alumnus if the texts were near, or its day parts count; and what is lacking. */
ALWAYS int is_reached(const Query *q, const Ask *a, int64_t p, int64_t asked, int may_be_online, Near *near) {
    const unsigned mended = 1u << R_NO_COMMON_SLOT | 1u << R_TOO_FAR | 1u << R_NO_CERTIFICATE
        | 1u << R_NO_COMMON_LANGUAGE | 1u << R_LEGAL_HOURS;
    unsigned fails = fails_as_pair(q, a, p, NULL, 0);
    if (fails & ~mended) return 0;
    double met = availability(q, a, p, NULL);
    int64_t free = whole(&q->people->day_parts, p), online = whole(&q->people->online, p);
    int cannot = cannot_come(a, met), lacks[MENDS], how_many = 0;
    for (int one = 0; one < MENDS; one++) lacks[one] = fails >> MENDED[one] & 1;
    lacks[M_DAY_PART] |= cannot;
    near->p = p;
    near->lacks = LACKS_NOTHING;
    for (int one = MENDS - 1; one >= 0; one--)
        if (lacks[one]) near->lacks = one, how_many++;
    int never = lacks[M_ONLINE] && !(may_be_online && online == 1);
    int several = how_many > 1 || (a->online == 1 && online == 0) || fits_unwanted(q, a, p);
    int lost = never || several || (!asked && lacks[M_DAY_PART]);
    if (several) near->lacks = LACKS_MORE;
    near->cannot_at_all = asked && free != UNKNOWN && !(free & asked);
    if (near->lacks == LACKS_NOTHING) {
        int gains = asked && met < 1.0;
        gains |= may_be_online && online == 1 && !(travel(q, a, p, NULL) >= q->of.either);
        lost |= !gains;
    }
    return !lost || (near->cannot_at_all && !never);
}

/* The request with a day part more: among its firm moments, where it has any, on the last day of these. */
ALWAYS Ask with_day_part(const Query *q, const Ask *a, int bit) {
    Ask other = *a;
    int64_t mask = (int64_t)1 << bit;
    if (!a->moments) {
        other.day_parts = (a->day_parts > 0 ? a->day_parts : 0) | mask;
        return other;
    }
    other.more_mask = mask;
    for (int64_t at = a->first_moment; at < a->last_moment; at++) {
        int64_t day = whole(&q->demands->moment_days, a->first_day + at - a->first_moment);
        if (day >= q->as_of && day > other.more_day) other.more_day = day;
    }
    other.moments++;
    return other;
}

/* How many of these the changed request adds. */
ALWAYS int64_t added_by(
    const Query *q, const Ask *changed, int mends, const Reached *reached, int64_t count, const double *weights,
    const double *usual, const Thresholds *of
) {
    int64_t adds = 0;
    for (int64_t one = 0; one < count; one++) {
        if (reached[one].lacks != LACKS_NOTHING && reached[one].lacks != mends) continue;
        int64_t p = reached[one].p;
        double parts[SIGNALS];
        memcpy(parts, reached[one].rest, sizeof parts);
        if (mends == M_DAY_PART) { /* the other changes take a rule away */
            if (changed->moments && !moments_met(q, changed, p, NULL)) continue;
            if (cannot_come(changed, availability(q, changed, p, NULL))) continue;
            day_parts(q, changed, p, weights, usual, parts);
        } else if (mends == M_ONLINE) {
            if (is_too_far(q, changed, p, NULL)) continue;
            online_parts(q, changed, p, weights, usual, parts);
        }
        adds += fits_band(of, reached[one].about, sum_of(weights, parts));
    }
    return adds;
}

/* What each change of the request adds among these alumni, who pass the rules about the person. */
ALWAYS int count_added_body(
    const Query *q, const int64_t *rows, int64_t count, const Weighing *by, const Thresholds *of, int may_be_online,
    Added *added
) {
    const Ask same = q->ask, *a = &same;
    const double *weights = by->weights + a->kind * SIGNALS, *usual = by->priors;
    int64_t asked = a->day_parts > 0 ? a->day_parts : 0, found = 0, room = 256, can[MOST_DAY_PARTS] = {0};
    for (int64_t at = a->first_moment; at < a->last_moment; at++)
        if (whole(&q->demands->moment_days, a->first_day + at - a->first_moment) >= q->as_of)
            asked |= whole(&q->demands->moments, at);
    Ask online = *a;
    online.online = EITHER;
    Reached *reached = (Reached *)malloc(sizeof(Reached) * (size_t)room);
    if (!reached) return -1;
    for (int64_t start = 0; start < count && !a->closed; start += IN_BLOCK) {
        int64_t end = start + IN_BLOCK < count ? start + IN_BLOCK : count, near = 0, left = 0;
        Near block[IN_BLOCK];
        for (int64_t at = start; at < end; at++)
            near += is_reached(q, a, rows[at], asked, may_be_online, &block[near]);
        for (int64_t one = 0; one < near; one++) {
            if (one + AHEAD < near) soon(q, a, block[one + AHEAD].p);
            double similar = similarity(q, a, block[one].p);
            double about = about_of(a, weights, of, similar, most_of_words(q, a, similar), isnan(similar) ? NAN : 1.0);
            if (!(about >= of->good)) continue;
            block[left] = block[one];
            block[left++].similar = similar;
        }
        for (int64_t one = 0; one < left; one++) {
            if (found == room && !(reached = larger(reached, &room, sizeof(Reached)))) return -1;
            Reached *to = &reached[found];
            int64_t p = block[one].p;
            int lacks = block[one].lacks, moves = lacks == LACKS_NOTHING;
            double similar = block[one].similar, most = INFINITY, parts[SIGNALS];
            all_parts(q, a, p, similar, weights, usual, to->rest);
            double rest = sum_of(weights, to->rest);
            if (moves && rest + of->text_weight * of->good >= of->least) continue; /* added by no points */
            if (!block[one].cannot_at_all) {
                memcpy(parts, to->rest, sizeof parts);
                if (asked && (moves || lacks == M_DAY_PART) && weights[S_AVAILABILITY] != 0.0
                    && whole(&q->people->day_parts, p) != UNKNOWN)
                    parts[S_AVAILABILITY] = weights[S_AVAILABILITY];
                if (may_be_online && (moves || lacks == M_ONLINE)) {
                    double others[SIGNALS];
                    online_parts(q, &online, p, weights, usual, others);
                    if (weights[S_TRAVEL] != 0.0 && others[S_TRAVEL] > parts[S_TRAVEL])
                        parts[S_TRAVEL] = others[S_TRAVEL];
                    if (weights[S_PREFERENCE] != 0.0 && others[S_PREFERENCE] > parts[S_PREFERENCE])
                        parts[S_PREFERENCE] = others[S_PREFERENCE];
                    if (weights[S_FORM] != 0.0 && others[S_FORM] > parts[S_FORM]) parts[S_FORM] = others[S_FORM];
                }
                most = sum_of(weights, parts);
            }
            double top = most_of_words(q, a, similar);
            if (!fits_band(of, about_of(a, weights, of, similar, top, isnan(similar) ? NAN : 1.0), most)) continue;
            double second = weights[S_MEANING] != 0.0 ? meaning(q, a, p, similar) : NAN;
            if (!fits_band(of, about_of(a, weights, of, similar, top, second), most)) continue;
            double met = weights[S_WORDS] != 0.0 ? words(q, a, p, similar) : NAN;
            double about = about_of(a, weights, of, similar, met, second);
            if (!fits_band(of, about, most) || (moves && fits_band(of, about, rest))) continue;
            to->p = p;
            to->lacks = lacks;
            to->about = about;
            found++;
            int64_t free = whole(&q->people->day_parts, p);
            for (int bit = 0; block[one].cannot_at_all && bit < MOST_DAY_PARTS; bit++) can[bit] += free >> bit & 1;
        }
    }
    for (int place = 0; place < DAY_PARTS_TRIED; place++) { /* those in which most can who cannot now */
        int chosen = UNKNOWN;
        for (int bit = 0; bit < MOST_DAY_PARTS; bit++)
            if (can[bit] && !(asked >> bit & 1) && (chosen == UNKNOWN || can[bit] > can[chosen])) chosen = bit;
        added->bits[place] = chosen;
        added->adds[place] = 0;
        if (chosen == UNKNOWN) continue;
        Ask changed = with_day_part(q, a, chosen);
        added->adds[place] = added_by(q, &changed, M_DAY_PART, reached, found, weights, usual, of);
        can[chosen] = 0;
    }
    for (int mends = M_ONLINE; mends < MENDS; mends++) {
        Ask changed = mends == M_ONLINE ? online : *a;
        int tries = mends == M_ONLINE ? may_be_online
            : mends == M_CERTIFICATE  ? a->certificate != 0
            : mends == M_LANGUAGE     ? a->languages != 0
                                      : a->hours > q->of.most_hours;
        if (mends == M_CERTIFICATE) changed.certificate = 0;
        if (mends == M_LANGUAGE) changed.languages = 0;
        if (mends == M_HOURS) changed.hours = q->of.most_hours;
        added->adds[DAY_PARTS_TRIED + mends] =
            tries ? added_by(q, &changed, mends, reached, found, weights, usual, of) : 0;
    }
    added->adds[DAY_PARTS_TRIED + M_DAY_PART] = 0;
    free(reached);
    return 0;
}

TWICE(
    int, count_added,
    (const Query *q, const int64_t *rows, int64_t count, const Weighing *by, const Thresholds *of, int may_be_online,
     Added *added),
    (q, rows, count, by, of, may_be_online, added))

/* What each change of the request adds: the day parts that are tried and how many each adds, then the others. */
static PyObject *added(PyObject *self, PyObject *args) {
    Query *q = (Query *)self;
    PyObject *rows_, *weights_, *usual_, *thresholds_, *out_;
    int may_be_online;
    if (!PyArg_ParseTuple(args, "OOOOpO", &rows_, &weights_, &usual_, &thresholds_, &may_be_online, &out_)) return NULL;
    Taken taken = {0};
    Weighing by;
    Py_ssize_t count, known, room;
    const int64_t *rows = take_array(&taken, rows_, I64, 0, &count);
    int failed = take_weights(&taken, weights_, usual_, &by, q);
    const double *thresholds = take_array(&taken, thresholds_, F64, 0, &known);
    int64_t *out = take_array(&taken, out_, I64, 1, &room);
    if (!PyErr_Occurred()
        && (!q->is_demand || known * sizeof(double) != sizeof(Thresholds) || room * sizeof(int64_t) != sizeof(Added)))
        PyErr_Format(PyExc_ValueError, "arrays of other lengths");
    if (failed || PyErr_Occurred() || !in_range(q, rows, count)) {
        give_back(&taken);
        return NULL;
    }
    Thresholds of;
    memcpy(&of, thresholds, sizeof of);
    Added found;
    Py_BEGIN_ALLOW_THREADS
    failed = count_added(q, rows, count, &by, &of, may_be_online, &found);
    Py_END_ALLOW_THREADS
    if (!failed) memcpy(out, &found, sizeof found);
    give_back(&taken);
    if (failed) return PyErr_NoMemory();
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------------------------------------ bands */

#define BANDS_OF_KIND 3
enum { STRONG, GOOD, POSSIBLE, NO_BAND };
enum { NOT_WANTED, CANNOT_COME, NOT_ONLINE, OFF_TOPIC, UNCAPPED = -1 };

/* The thresholds of every kind: of the texts, of the grade, three each; and what all texts weigh together. */
typedef struct {
    const double *topic, *least, *text_weight;
} Scale;

ALWAYS void find_bands_body(
    const Query *q, const int64_t *rows, int64_t count, const double *given, const Weighing *by, const Scale *scale,
    int64_t *positions, int64_t *caps
) {
    const double *usual = by->priors;
    for (int64_t at = 0; at < count; at++) {
        PAIR(rows[at])
        OF_KIND(*by, a);
        const double *weights = weighing.weights, *topic = scale->topic + BANDS_OF_KIND * a->kind;
        const double *least = scale->least + BANDS_OF_KIND * a->kind, text_weight = scale->text_weight[a->kind];
        const Thresholds of = {text_weight, topic[STRONG], topic[GOOD], topic[POSSIBLE], least[GOOD]};
        double similar = given ? given[at] : similarity(q, a, p), parts[SIGNALS];
        double met = weights[S_WORDS] != 0.0 ? words(q, a, p, similar) : NAN;
        double second = weights[S_MEANING] != 0.0 ? meaning(q, a, p, similar) : NAN;
        double about = about_of(a, weights, &of, similar, met, second);
        all_parts(q, a, p, similar, weights, usual, parts);
        double grade = sum_of(weights, parts) + text_weight * about;
        int by_grade = 0, by_topic = 0, cap = UNCAPPED;
        for (int band = 0; band < BANDS_OF_KIND; band++) by_grade += grade < least[band], by_topic += about < topic[band];
        int position = by_grade > by_topic ? by_grade : by_topic;
        if (by_topic > by_grade || by_topic == NO_BAND) cap = OFF_TOPIC;
        if (a->online == 1 && whole(&q->people->online, p) == 0) cap = NOT_ONLINE;
        if (cannot_come(a, availability(q, a, p, NULL))) cap = CANNOT_COME;
        int unwanted = fits_unwanted(q, a, p);
        if (unwanted) cap = NOT_WANTED;
        if (cap != UNCAPPED && cap != OFF_TOPIC && position < GOOD) position = GOOD;
        if (unwanted && position < POSSIBLE) position = POSSIBLE;
        positions[at] = position;
        caps[at] = cap;
    }
}

TWICE(
    void, find_bands,
    (const Query *q, const int64_t *rows, int64_t count, const double *given, const Weighing *by, const Scale *scale,
     int64_t *positions, int64_t *caps),
    (q, rows, count, given, by, scale, positions, caps))

/* The band of each pair, and what caps it, by their places; `similar`: what is known already, or None. */
static PyObject *banded(PyObject *self, PyObject *args) {
    Query *q = (Query *)self;
    PyObject *rows_, *similar_, *weights_, *usual_, *topic_, *least_, *text_weight_, *positions_, *caps_;
    if (!PyArg_ParseTuple(
            args, "OOOOOOOOO", &rows_, &similar_, &weights_, &usual_, &topic_, &least_, &text_weight_, &positions_,
            &caps_))
        return NULL;
    Taken taken = {0};
    Weighing by;
    Scale scale;
    Py_ssize_t count, known, sizes[3], room[2], kinds = q->kinds->gives.length;
    const int64_t *rows = take_array(&taken, rows_, I64, 0, &count);
    const double *similar = take_array(&taken, similar_, F64, 0, &known);
    int failed = take_weights(&taken, weights_, usual_, &by, q);
    scale.topic = take_array(&taken, topic_, F64, 0, &sizes[0]);
    scale.least = take_array(&taken, least_, F64, 0, &sizes[1]);
    scale.text_weight = take_array(&taken, text_weight_, F64, 0, &sizes[2]);
    int64_t *positions = take_array(&taken, positions_, I64, 1, &room[0]);
    int64_t *caps = take_array(&taken, caps_, I64, 1, &room[1]);
    if (!PyErr_Occurred()
        && (room[0] != count || room[1] != count || (similar && known != count) || sizes[0] != kinds * BANDS_OF_KIND
            || sizes[1] != kinds * BANDS_OF_KIND || sizes[2] != kinds))
        PyErr_Format(PyExc_ValueError, "arrays of other lengths");
    if (failed || PyErr_Occurred() || !in_range(q, rows, count)) {
        give_back(&taken);
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    find_bands(q, rows, count, similar, &by, &scale, positions, caps);
    Py_END_ALLOW_THREADS
    give_back(&taken);
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------------------------------------ the module */

static PyMethodDef query_methods[] = {
    {"judge", judge, METH_VARARGS, NULL},   {"fails", fails, METH_VARARGS, NULL},
    {"values", values, METH_VARARGS, NULL}, {"scores", scores, METH_VARARGS, NULL},
    {"best", best, METH_VARARGS, NULL},     {"insert", insert, METH_VARARGS, NULL},
    {"added", added, METH_VARARGS, NULL},   {"banded", banded, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot table_slots[] = {
    {Py_tp_new, new_table}, {Py_tp_dealloc, free_table},
    {Py_tp_doc, "Columns that pairs are read from: kept for as long as this lives."}, {0, NULL}};
static PyType_Slot query_slots[] = {
    {Py_tp_new, new_query}, {Py_tp_dealloc, free_query}, {Py_tp_methods, query_methods},
    {Py_tp_doc, "One query next to its candidates, on a day."}, {0, NULL}};
static PyType_Spec table_spec = {"matcher.kernel._native.Table", sizeof(Table), 0, Py_TPFLAGS_DEFAULT, table_slots};
static PyType_Spec query_spec = {"matcher.kernel._native.Query", sizeof(Query), 0, Py_TPFLAGS_DEFAULT, query_slots};

static PyObject *use_dot(PyObject *module, PyObject *args) {
    const char *name;
    (void)module;
    if (!PyArg_ParseTuple(args, "s", &name)) return NULL;
    choose_dot(name);
    return PyUnicode_FromString(dot_name);
}

/* The dot product of each vector of one array with each of another. */
static PyObject *dots(PyObject *module, PyObject *args) {
    PyObject *some_, *others_, *out_;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOO", &some_, &others_, &out_)) return NULL;
    Taken taken = {0};
    Py_ssize_t some_size, others_size, room;
    const int8_t *some = take_array(&taken, some_, I8, 0, &some_size);
    const int8_t *others = take_array(&taken, others_, I8, 0, &others_size);
    int32_t *out = take_array(&taken, out_, I32, 1, &room);
    Py_ssize_t length = 0;
    if (!PyErr_Occurred()) {
        length = taken.buffers[0].ndim == 2 ? taken.buffers[0].shape[1] : 0;
        if (length < 1 || taken.buffers[1].ndim != 2 || taken.buffers[1].shape[1] != length
            || room != (some_size / length) * (others_size / length))
            PyErr_Format(PyExc_ValueError, "arrays of other lengths");
    }
    int16_t *wide = PyErr_Occurred() ? NULL : wider(others, others_size, NULL);
    if (!wide) {
        give_back(&taken);
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    for (Py_ssize_t one = 0; one < some_size / length; one++)
        for (Py_ssize_t other = 0; other < others_size / length; other++)
            *out++ = dot(some + one * length, wide + other * length, length);
    free(wide);
    give_back(&taken);
    Py_RETURN_NONE;
}

static PyMethodDef module_methods[] = {
    {"use_dot", use_dot, METH_VARARGS, NULL}, {"dots", dots, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};

static int add_names(PyObject *module, const char *name, const char *const *names) {
    Py_ssize_t count = 0;
    while (names[count]) count++;
    PyObject *tuple = PyTuple_New(count);
    if (!tuple) return -1;
    for (Py_ssize_t at = 0; at < count; at++) {
        PyObject *text = PyUnicode_FromString(names[at]);
        if (!text || PyTuple_SetItem(tuple, at, text) < 0) {
            Py_DECREF(tuple);
            return -1;
        }
    }
    int failed = PyModule_AddObjectRef(module, name, tuple);
    Py_DECREF(tuple);
    return failed;
}

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_native", NULL, -1, module_methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__native(void) {
    PyObject *module = PyModule_Create(&definition);
    if (!module) return NULL;
    choose_dot("best");
    table_type = (PyTypeObject *)PyType_FromSpec(&table_spec);
    query_type = (PyTypeObject *)PyType_FromSpec(&query_spec);
    if (!table_type || !query_type || PyModule_AddObjectRef(module, "Table", (PyObject *)table_type) < 0
        || PyModule_AddObjectRef(module, "Query", (PyObject *)query_type) < 0
        || add_names(module, "PEOPLE", PEOPLE) || add_names(module, "DEMANDS", DEMANDS)
        || add_names(module, "SIDE", SIDE) || add_names(module, "LINES", LINES) || add_names(module, "KINDS", KINDS)
        || add_names(module, "NUMBERS", NUMBER_NAMES) || add_names(module, "RULES", RULE_CODES)
        || add_names(module, "SIGNALS", SIGNAL_CODES)) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
