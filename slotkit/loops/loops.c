/* The loops over words, which NumPy would take one small operation at a time.
 *
 * Each function does what the NumPy function of its name does, which is its oracle in the tests and
 * runs where this file could not be compiled. A line says what arguments it takes, and one taker
 * reads that line: a wrong type or size would read other memory.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__)
#define INLINE static inline __attribute__((always_inline))
#define NO_ALIAS _Pragma("GCC ivdep")
#else /* as Microsoft's compiler names it */
#define INLINE static inline
#define NO_ALIAS
#define restrict __restrict
#endif
#define JOINED(a, b) a##_##b
#define JOIN(a, b) JOINED(a, b)

enum { TANH, RELU, LINEAR };

/* A float for every unit of every word: strides in floats. */
typedef struct {
    float *at;
    Py_ssize_t row, word;
} Words;

/* An argument. */
typedef union {
    void *at; /* null for None */
    Words words;
    Py_ssize_t number;
    double real;
    PyObject *object;
} Argument;

/* The arguments of a call, the sizes that letters stand for, and the memory that is held. */
typedef struct {
    Argument arg[20];
    Py_ssize_t size[26];
    Py_buffer views[16];
    void *rooms[8];
    int num_views, num_rooms;
} Taken;

/* What holds at every word; see `constants` in decoding/chain.py. Without a CRF the pointers of the
 * first line are null; names are those of the slots that begin with a tag, None for other tags. */
typedef struct {
    const double *moves, *moves_back, *transitions, *start, *end;
    const double *first, *close, *enter, *stay;
    const Py_ssize_t *others, *inside, *begins, *number, *follower;
    Py_ssize_t tags, num_others, num_inside;
    double temperature, shift, shift_of_ends, apart, widest;
    PyObject *names;
    Taken of; /* the arrays that it points into */
} Chain;

/* What `sums` reads and writes; a span of the best tags stands at the word where it begins. */
typedef struct {
    const double *logits;
    double *alpha, *beta, *steps, *log_z, *scores, *confidences;
    float *marginals;
    Py_ssize_t *best, *ends;
} Sums;

/* A layer of attention: matrices for x M, row by row in memory. */
typedef struct {
    const float *norm_1, *shift_1, *qkv, *out, *norm_2, *shift_2, *up, *up_bias, *down, *down_bias;
} Layer;

#define ROUND_UP(size) (((size) + 7) / 8 * 8) /* to whole vectors of floats */

/* WIDTH bytes are a vector, SUMS of which are summed at once. IN_REGISTER keeps one that is used
 * several times from being read each time. */
#define NAME(name) JOIN(name, plain)
#define WIDTH 32
#define SUMS 8
#define IN_REGISTER(vector)
#include "kernels.h"
#undef NAME
#undef IN_REGISTER

/* The same for processors that take 8 floats at once, and for those that take 16 and have twice the
 * registers; told apart when the program runs. */
enum { PLAIN, AVX2, AVX512 };
static int processor = PLAIN;
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define IN_REGISTER(vector) __asm__("" : "+v"(vector));
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#define NAME(name) JOIN(name, avx2)
#include "kernels.h"
#undef NAME
#pragma GCC pop_options
#undef WIDTH
#undef SUMS
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,prefer-vector-width=512")
#define NAME(name) JOIN(name, avx512)
#define WIDTH 64
#define SUMS 16
#include "kernels.h"
#undef NAME
#pragma GCC pop_options
#define RUN(name, ...) \
    (processor == AVX512 ? name##_avx512(__VA_ARGS__) \
        : processor == AVX2 ? name##_avx2(__VA_ARGS__) : name##_plain(__VA_ARGS__))
#define HAS(feature) __builtin_cpu_supports(feature)
#else
#define RUN(name, ...) name##_plain(__VA_ARGS__)
#define HAS(feature) 0
#endif

/* What the processor can. Those with AVX-512 and without its VBMI2 slow down where they use it. */
static int known(void)
{
    return !HAS("avx2") || !HAS("fma") ? PLAIN
        : HAS("avx512bw") && HAS("avx512dq") && HAS("avx512vl") && HAS("avx512vbmi2") ? AVX512 : AVX2;
}

#define SIZE(letter) (of.size[#letter[0] - 'A'])
#define LARGEST ((Py_ssize_t)1 << 28) /* size, so that no product of two overflows */

static PyObject *release(Taken *of, PyObject *result)
{
    while (of->num_views)
        PyBuffer_Release(&of->views[--of->num_views]);
    while (of->num_rooms)
        PyMem_RawFree(of->rooms[--of->num_rooms]);
    return result;
}

static PyObject *refuse(Taken *of, PyObject *error, const char *why)
{
    if (why)
        PyErr_SetString(error, why);
    return release(of, NULL);
}

/* Room for the call, which `release` gives back. */
static void *room(Taken *of, Py_ssize_t bytes)
{
    void *made = PyMem_RawMalloc(bytes + 1);
    if (made)
        of->rooms[of->num_rooms++] = made;
    else
        PyErr_NoMemory();
    return made;
}

/* Compare a size with what is written, such as 4H or 3. (three): a free letter takes it. */
static const char *meet(Taken *of, const char *spec, Py_ssize_t met, int number)
{
    const Py_ssize_t times = *spec >= '0' && *spec <= '9' ? *spec++ - '0' : 1;
    Py_ssize_t one = 1, *size = *spec == '.' ? &one : &of->size[*spec - 'A'];
    if (*size < 0)
        *size = met / times;
    if (met == times * *size && met <= LARGEST)
        return spec + 1;
    PyErr_Format(PyExc_ValueError, "argument %d must have size %zd, not %zd, or is too large", number,
        times * *size, met);
    return NULL;
}

/* Copy a list of indices, J<K for J of them below K and at least `least`. */
static const char *take_indices(
    Taken *of, PyObject *list, Argument *arg, const char *spec, int number, Py_ssize_t least)
{
    const Py_ssize_t count = PyList_Check(list) ? PyList_GET_SIZE(list) : -1;
    const Py_ssize_t below = of->size[spec[2] - 'A'];
    if (count < 0)
        PyErr_Format(PyExc_TypeError, "argument %d must be a list of indices", number);
    Py_ssize_t *numbers = arg->at = count < 0 ? NULL : room(of, count * sizeof(Py_ssize_t));
    if (!numbers || !meet(of, spec, count, number))
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        numbers[i] = PyLong_AsSsize_t(PyList_GET_ITEM(list, i));
        if (!PyErr_Occurred() && (numbers[i] < least || numbers[i] >= below))
            PyErr_Format(PyExc_IndexError, "index %zd is not in [%zd, %zd)", numbers[i], least, below);
        if (PyErr_Occurred())
            return NULL;
    }
    return spec + 3;
}

/* Take an array: f floats, d doubles, b truths; contiguous, or with ~ words of which only the units
 * lie side by side; with = to be written, with - null where it is None. */
static const char *take_array(
    Taken *of, PyObject *array, Argument *arg, const char *spec, int number)
{
    const int none = *spec == '-', write = spec[none] == '=', apart = spec[none + write] == '~';
    const char kind = spec[none + write + apart], *end = spec + strcspn(spec, " ");
    const char *kinds = kind == 'd' ? "d" : kind == 'b' ? "?" : "f";
    Py_buffer *view = &of->views[of->num_views];
    spec += none + write + apart + 1;
    arg->at = NULL;
    if (none && array == Py_None)
        return end;
    if (PyObject_GetBuffer(array, view, PyBUF_FORMAT | (write ? PyBUF_WRITABLE : 0)
            | (apart ? PyBUF_STRIDES : PyBUF_C_CONTIGUOUS)))
        return NULL;
    of->num_views++;
    int d = 0;
    for (; spec && spec < end && d < view->ndim; d++)
        spec = meet(of, spec, view->shape[d], number);
    const char found = view->format ? view->format[strspn(view->format, "@=")] : 'B';
    if (spec && (spec != end || d != view->ndim || !strchr(kinds, found)))
        return PyErr_Format(PyExc_TypeError, "argument %d must have fewer or more dimensions, or be of %s,"
            " not %c", number, kinds, found), NULL;
    const Py_ssize_t unit = view->itemsize, *strides = view->strides;
    if (spec && ((uintptr_t)view->buf % unit || (apart && ((view->shape[2] > 1 && strides[2] != unit)
            || strides[0] % unit || strides[1] % unit))))
        return PyErr_Format(PyExc_ValueError, "argument %d must be aligned, and the units of a word lie"
            " side by side", number), NULL;
    if (apart)
        arg->words = (Words){view->buf, strides[0] / unit, strides[1] / unit};
    else
        arg->at = view->buf;
    return spec;
}

/* Take the arguments that a line names, one blank between two: i an int, x a float, o anything, a
 * the name of an activation, lJ<K indices, mJ<K those that may be -1; else an array. */
static int take(Taken *of, PyObject *args, const char *spec)
{
    static const char *names[] = {"tanh", "relu", "linear"};
    const Py_ssize_t count = PyTuple_Check(args) ? PyTuple_GET_SIZE(args) : 0;
    int n = 0;
    of->num_views = of->num_rooms = 0;
    memset(of->size, -1, sizeof(of->size));
    for (; n < count && *spec; n++, spec += *spec == ' ') {
        PyObject *given = PyTuple_GET_ITEM(args, n);
        Argument *arg = &of->arg[n];
        const char kind = *spec++;
        if (kind == 'i')
            arg->number = PyLong_AsSsize_t(given);
        else if (kind == 'x')
            arg->real = PyFloat_AsDouble(given);
        else if (kind == 'o')
            arg->object = given;
        else if (kind == 'l' || kind == 'm')
            spec = take_indices(of, given, arg, spec, n + 1, kind == 'm' ? -1 : 0);
        else if (kind != 'a')
            spec = take_array(of, given, arg, spec - 1, n + 1);
        else {
            arg->number = PyUnicode_Check(given) ? LINEAR : -1;
            while (arg->number >= 0 && PyUnicode_CompareWithASCIIString(given, names[arg->number]))
                arg->number--;
            if (arg->number < 0)
                PyErr_Format(PyExc_ValueError, "activation must be tanh, relu or linear, got %R", given);
        }
        if (PyErr_Occurred())
            return release(of, NULL), 0;
    }
    if (n == count && !*spec)
        return 1;
    return refuse(of, PyExc_TypeError, "fewer or more arguments than it takes"), 0;
}

/* Of B utterances, the up to four that go through a loop together: their words, and how many. */
#define FROM(words, b) ((Words){(words).at + (b) * (words).row, (words).row, (words).word})
#define ROWS(b) (SIZE(B) - (b) < 4 ? (int)(SIZE(B) - (b)) : 4)

/* Functions: each takes its arguments, lets other threads of Python run, and returns None. */

#define TAKE(args, spec) \
    Taken of; \
    const Argument *arg = of.arg; \
    if (!take(&of, args, spec)) \
        return NULL;
#define FUNCTION(name, spec) \
    static PyObject *name(PyObject *self, PyObject *args) \
    { \
        TAKE(args, spec)
#define LOOP(...) Py_BEGIN_ALLOW_THREADS __VA_ARGS__; Py_END_ALLOW_THREADS
#define DONE \
        return release(&of, Py_NewRef(Py_None)); \
    }

FUNCTION(add_up, "fRMWP lN<R i =fBTP") /* table, rows, member, out */
    const Py_ssize_t member = arg[2].number;
    if (SIZE(N) != SIZE(B) * SIZE(T))
        return refuse(&of, PyExc_ValueError, "there must be a row for each word");
    if (member < 0 || member >= SIZE(M))
        return refuse(&of, PyExc_IndexError, "there is no such member");
    LOOP(RUN(add_up, arg[3].at, arg[0].at, arg[1].at, SIZE(B), SIZE(T), SIZE(M), member, SIZE(W),
        SIZE(P)))
DONE

FUNCTION(affine, "fBTD fDH fH =fBTH") /* x, M, b, y */
    LOOP(RUN(affine, arg[3].at, arg[0].at, arg[1].at, arg[2].at, SIZE(B) * SIZE(T), SIZE(D), SIZE(H)))
DONE

FUNCTION(all_finite, "fBTK") /* logits */
    const int32_t *logits = arg[0].at, all = 0x7f800000; /* the bits of the exponent */
    int32_t found = 0;
    for (Py_ssize_t i = 0; i < SIZE(B) * SIZE(T) * SIZE(K); i++)
        found |= (logits[i] & all) == all;
    return release(&of, PyBool_FromLong(!found));
}

FUNCTION(convolution, "fBTD -fWDH fH i i =fBTH") /* x, W, b, width, add, h */
    const Py_ssize_t T = SIZE(T), D = SIZE(D), H = SIZE(H), width = arg[3].number;
    const int add = arg[4].number != 0;
    if ((add && D != H) || (arg[1].at ? width != SIZE(W) : width < 1 || width > D || D != width * H))
        return refuse(&of, PyExc_ValueError, "x has another width");
    LOOP(for (Py_ssize_t u = 0; u < SIZE(B); u++)
        RUN(convolution, (float *)arg[5].at + u * T * H, (float *)arg[0].at + u * T * D, arg[1].at,
            arg[2].at, T, D, H, width, add))
DONE

FUNCTION(norm, "fBTH fH fH =fBTH") /* x, scale, shift, y */
    LOOP(RUN(norm, arg[3].at, arg[0].at, arg[1].at, arg[2].at, SIZE(B) * SIZE(T), SIZE(H)))
DONE

/* x, heads, reach, allowed, and the weights of `Layer` */
FUNCTION(attention, "=fBTH i i -bTT fH fH fH3H fHH fH fH fH2H f2H f2HH fH")
    const Py_ssize_t T = SIZE(T), H = SIZE(H), heads = arg[1].number, reach = arg[2].number;
    if (heads < 1 || heads > H || H % heads || reach < 0)
        return refuse(&of, PyExc_ValueError, "heads must divide the units, and reach be 0 or more");
    const Py_ssize_t d = H / heads, wide = ROUND_UP(T), deep = ROUND_UP(d);
    float *beside = room(&of, (5 * T * H + (d + 5) * wide + (T + 4) * deep) * sizeof(float));
    if (!beside)
        return release(&of, NULL);
    const Layer layer = {arg[4].at, arg[5].at, arg[6].at, arg[7].at, arg[8].at, arg[9].at, arg[10].at,
        arg[11].at, arg[12].at, arg[13].at};
    LOOP(for (Py_ssize_t b = 0; b < SIZE(B); b++)
        RUN(attention, (float *)arg[0].at + b * T * H, &layer, T, H, heads, reach, arg[3].at, beside))
DONE

FUNCTION(elman, "~fBTH fHH a =~fBTH") /* seen, U, activation, out */
    LOOP(for (Py_ssize_t b = 0; b < SIZE(B); b += 4)
        RUN(elman, FROM(arg[3].words, b), FROM(arg[0].words, b), arg[1].at, SIZE(T), SIZE(H),
            (int)arg[2].number, ROWS(b)))
DONE

FUNCTION(jordan, "~fBTH fKH fHK fK =~fBTH =~fBTK") /* seen, V, O, c, out, logits */
    float *y = room(&of, 4 * SIZE(K) * sizeof(float));
    if (!y || !SIZE(K))
        return refuse(&of, PyExc_ValueError, y ? "there must be a tag" : NULL);
    LOOP(for (Py_ssize_t b = 0; b < SIZE(B); b += 4)
        RUN(jordan, FROM(arg[4].words, b), FROM(arg[5].words, b), FROM(arg[0].words, b), arg[1].at,
            arg[2].at, arg[3].at, SIZE(T), SIZE(H), SIZE(K), y, ROWS(b)))
DONE

/* U, C, activation; of each direction projected and out. C has matrices or, diagonal, rows. */
static PyObject *lstm(PyObject *self, PyObject *args)
{
    TAKE(args, PyTuple_GET_SIZE(args) < 6 ? "-fWHG -fWRG a ~fBTG =~fBTH"
            : "-fWHG -fWRG a ~fBTG =~fBTH ~fBTG =~fBTH")
    const int ways = PyTuple_GET_SIZE(args) < 6 ? 1 : 2;
    const Py_ssize_t H = SIZE(H), diagonal = SIZE(R) == 1, G = SIZE(G);
    if (G != 4 * H || (arg[1].at && SIZE(R) != H && !diagonal) || (SIZE(W) >= 0 && SIZE(W) != ways))
        return refuse(&of, PyExc_ValueError, "there must be four blocks, and U and C fit them");
    float *gates = room(&of, 4 * 5 * H * sizeof(float));
    if (!gates)
        return release(&of, NULL);
    LOOP(for (int way = 0; way < ways; way++) {
        const float *U = arg[0].at, *C = arg[1].at;
        for (Py_ssize_t b = 0; b < SIZE(B); b += 4)
            RUN(lstm, FROM(arg[4 + 2 * way].words, b), gates, gates + 16 * H,
                FROM(arg[3 + 2 * way].words, b), U ? U + way * H * G : U, C ? C + way * SIZE(R) * G : C,
                C && diagonal, SIZE(T), H, (int)arg[2].number, ROWS(b));
    })
DONE

static const char CHAIN[] = "slotkit.loops.loops.chain";

static void forget(PyObject *capsule)
{
    Chain *chain = PyCapsule_GetPointer(capsule, CHAIN);
    Py_DECREF(chain->names);
    release(&chain->of, NULL);
    PyMem_Free(chain);
}

/* `_lay_out` of decoding/lattice.py has the arguments in words. */
FUNCTION(chain, "o dK dK -dKJ -dJK -dKK -dK -dK lJ<K lI<K lI<K mK<I mK<I dI dI x x x x x")
    PyObject *names = arg[0].object, *capsule;
    int of_crf = 0;
    for (int i = 3; i < 8; i++)
        of_crf += arg[i].at != NULL;
    if (!PyTuple_Check(names) || PyTuple_GET_SIZE(names) != SIZE(K) || !SIZE(K) || of_crf % 5)
        return refuse(&of, PyExc_ValueError, "there must be a name for every tag, and all of a CRF");
    Chain *made = PyMem_Malloc(sizeof(Chain));
    if (!made || !(capsule = PyCapsule_New(made, CHAIN, forget)))
        return PyMem_Free(made), release(&of, NULL);
    *made = (Chain){arg[3].at, arg[4].at, arg[5].at, arg[6].at, arg[7].at, arg[1].at, arg[2].at,
        arg[13].at, arg[14].at, arg[8].at, arg[9].at, arg[10].at, arg[11].at, arg[12].at, SIZE(K),
        SIZE(J), SIZE(I), arg[15].real, arg[16].real, arg[17].real, arg[18].real, arg[19].real,
        Py_NewRef(names), of};
    return capsule;
}

/* The same from an utterance on. */
static Sums sums_from(const Sums *to, Py_ssize_t b, Py_ssize_t T, Py_ssize_t K)
{
    const Py_ssize_t at = b * T * K;
    return (Sums){to->logits + at, to->alpha + at, to->beta + at, to->steps + at, to->log_z + b,
        to->scores + b, to->confidences + b * T, to->marginals + at, to->best + b * T, to->ends + b * T};
}

/* (log Z, score, best tags, spans of these) of an utterance. */
static PyObject *told(const Sums *to, const Chain *chain, Py_ssize_t length)
{
    PyObject *tags = PyList_New(length), *spans = PyList_New(0);
    for (Py_ssize_t t = 0; tags && spans && t < length; t++) {
        PyObject *tag = PyLong_FromSsize_t(to->best[t]), *span = NULL;
        PyObject *name = PyTuple_GET_ITEM(chain->names, to->best[t]);
        PyList_SET_ITEM(tags, t, tag);
        if (tag && name != Py_None)
            span = Py_BuildValue("(nnOd)", t, to->ends[t], name, to->confidences[t]);
        if (!tag || (name != Py_None && (!span || PyList_Append(spans, span))))
            Py_CLEAR(spans);
        Py_XDECREF(span);
    }
    if (tags && spans)
        return Py_BuildValue("(ddNN)", *to->log_z, *to->scores, tags, spans);
    Py_XDECREF(tags);
    Py_XDECREF(spans);
    return NULL;
}

FUNCTION(sums, "dBTK o =d3.BTK =fBTK") /* logits, chain, sums, marginals */
    const Chain *chain = PyCapsule_GetPointer(arg[1].object, CHAIN);
    const Py_ssize_t B = SIZE(B), T = SIZE(T), K = SIZE(K), whole = B * T * K;
    if (!chain || !T || K != chain->tags)
        return refuse(&of, PyExc_ValueError, chain ? "there must be a word, and all tags" : NULL);
    double *doubles = room(&of, (2 * B + B * T + 8 * K) * sizeof(double)), *log_z = doubles + 8 * K;
    Py_ssize_t *best = room(&of, 2 * B * T * sizeof(Py_ssize_t));
    if (!doubles || !best)
        return release(&of, NULL);
    double *all = arg[2].at;
    Sums to = {arg[0].at, all, all + whole, all + 2 * whole, log_z, log_z + B, log_z + 2 * B, arg[3].at,
        best, best + B * T};
    LOOP(for (Py_ssize_t b = 0; b < B; b += 4) {
        const Sums some = sums_from(&to, b, T, K);
        RUN(sums, &some, chain, T, doubles, ROWS(b));
    })
    PyObject *found = PyList_New(B);
    for (Py_ssize_t b = 0; found && b < B; b++) {
        const Sums one = sums_from(&to, b, T, K);
        PyObject *all_told = told(&one, chain, T);
        PyList_SET_ITEM(found, b, all_told);
        if (!all_told)
            Py_CLEAR(found);
    }
    return release(&of, found);
}

FUNCTION(use_at_most, "i") /* kind */
    processor = arg[0].number < known() ? (int)arg[0].number : known();
    return release(&of, PyLong_FromLong(processor));
}

#define NAMED(function) {#function, function, METH_VARARGS, NULL}
static PyMethodDef functions[] = {
    NAMED(add_up), NAMED(affine), NAMED(all_finite), NAMED(attention), NAMED(chain),
    NAMED(convolution), NAMED(elman), NAMED(jordan), NAMED(lstm), NAMED(norm), NAMED(sums),
    NAMED(use_at_most), {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "loops", .m_doc = "The loops over words in C; see loops.pyi.",
    .m_size = -1, .m_methods = functions,
};

PyMODINIT_FUNC PyInit_loops(void)
{
    processor = known();
    return PyModule_Create(&module);
}
