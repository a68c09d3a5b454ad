-- What every rule of the pack asn-kepka-411-2025 answers, written by hand.
--
-- Reads the canonical tables and `pairs` (pair, person_id, post_id, as_of, route); gives a row a
-- pair in their order, a column a rule: 0 met, 1 needs checking, 2 not met, -1 not asked.
-- For an agency that keeps a register of discipline: no sanction on record is met.

-- The same day of the month so many months later, or the day after the end of that month.
CREATE OR REPLACE TEMP MACRO months_later(d, months) AS
    CASE WHEN day(d + to_months(months)) = day(d) THEN CAST(d + to_months(months) AS DATE)
         ELSE CAST(d + to_months(months) AS DATE) + 1 END;
CREATE OR REPLACE TEMP MACRO anniversary(d, years) AS months_later(d, 12 * years);
-- Whether days that lie together before `until` are so many years.
CREATE OR REPLACE TEMP MACRO long_enough(days, until, years) AS
    coalesce(anniversary(until - days, years) <= until, false);
-- What is recorded late is blank before it was recorded.
CREATE OR REPLACE TEMP MACRO known(fact, recorded_on, as_of) AS
    CASE WHEN recorded_on <= as_of THEN fact END;
CREATE OR REPLACE TEMP MACRO in_order(ranked) AS
    list_position(['I/a', 'I/b', 'I/c', 'I/d', 'II/a', 'II/b', 'II/c', 'II/d', 'III/a', 'III/b',
                   'III/c', 'III/d', 'IV/a', 'IV/b', 'IV/c', 'IV/d', 'IV/e'], ranked);
-- Whether a title has some words, with no letter next to them.
CREATE OR REPLACE TEMP MACRO has_words(title, words) AS
    regexp_matches(lower(title), '(^|[^\p{L}])' || words || '([^\p{L}]|$)');

WITH
-- What the pack asks of posts, by class. Education: 1 primary or secondary to 5 doctorate;
-- leadership training: 1 PKP, 2 PKA, 3 PKN II, 4 PKN I.
asked_of_class(post_class, education, experience, before, age, rank_held, training) AS (
    VALUES ('jpt_utama',     3, 10,   2,    58,   'IV/d',  4),
           ('jpt_madya',     3, 7,    2,    58,   'IV/c',  3),
           ('jpt_pratama',   3, 5,    2,    56,   'IV/b',  2),
           ('administrator', 3, NULL, 3,    NULL, 'III/d', 1),
           ('pengawas',      2, NULL, 4,    NULL, 'III/b', NULL)
),
-- Classes that count as the step before a class, and as the same level.
before_class(post_class, held) AS (
    SELECT post_class, unnest(held)
    FROM (VALUES ('jpt_utama',     ['jpt_madya', 'ahli_utama']),
                 ('jpt_madya',     ['jpt_pratama', 'ahli_utama']),
                 ('jpt_pratama',   ['administrator', 'ahli_madya']),
                 ('administrator', ['pengawas', 'ahli_muda']),
                 ('pengawas',      ['pelaksana', 'pemula', 'terampil', 'mahir', 'penyelia',
                                    'ahli_pertama'])) AS t(post_class, held)
),
equal_class(post_class, held) AS (
    VALUES ('jpt_utama', 'jpt_utama'), ('jpt_madya', 'jpt_madya'),
           ('jpt_pratama', 'jpt_pratama'), ('jpt_pratama', 'ahli_utama'),
           ('administrator', 'administrator'), ('administrator', 'ahli_madya'),
           ('pengawas', 'pengawas'), ('pengawas', 'ahli_muda')
),
-- Levels of competencies that a class asks for, and the age of retirement in it.
class_terms(post_class, required, retires_at) AS (
    VALUES ('pelaksana', 1, 58), ('pemula', 1, 58), ('terampil', 1, 58), ('mahir', 2, 58),
           ('penyelia', 2, 58), ('ahli_pertama', 2, 58), ('pengawas', 2, 58), ('ahli_muda', 3, 58),
           ('administrator', 3, 58), ('ahli_madya', 4, 60), ('jpt_pratama', 4, 60),
           ('ahli_utama', 5, 65), ('jpt_madya', 5, 60), ('jpt_utama', 5, 60)
),
dictionary(competency) AS (
    SELECT unnest(['integritas', 'kerja_sama', 'komunikasi', 'orientasi_pada_hasil',
                   'pelayanan_publik', 'pengembangan_diri_dan_orang_lain', 'mengelola_perubahan',
                   'pengambilan_keputusan', 'perekat_bangsa'])
),

people AS (SELECT DISTINCT person_id, as_of FROM pairs),
fields_of AS (
    SELECT post_id, string_agg(DISTINCT field, '; ' ORDER BY field) AS fields,
           list(DISTINCT field) AS field_list
    FROM post_field GROUP BY post_id
),

-- Careers: appointments begun, and the day after the last one served.
career AS (
    SELECT *, CASE WHEN is_open THEN as_of ELSE end_on + 1 END AS until
    FROM (
        SELECT person_id, as_of, sequence, post_id, post_class, step, title, start_on,
               known(end_on, end_recorded_on, as_of) AS end_on,
               known(end_on, end_recorded_on, as_of) IS NULL OR end_on > as_of AS is_open
        FROM people
        JOIN appointment USING (person_id)
        JOIN post USING (post_id)
        JOIN post_class USING (post_class)
        WHERE kind = 'definitive' AND start_recorded_on <= as_of AND start_on <= as_of
    )
),
-- Anything at all on record, acting posts included.
ever_appointed AS (
    SELECT DISTINCT person_id, as_of, true AS has_career
    FROM people JOIN appointment USING (person_id)
    WHERE start_recorded_on <= as_of AND start_on <= as_of
),
present_post AS (
    SELECT * FROM career WHERE is_open
    QUALIFY row_number() OVER (
        PARTITION BY person_id, as_of
        ORDER BY start_on DESC, step DESC, sequence, post_id) = 1
),

-- Time in the classes before each class; what overlaps counts once.
before_spells AS (
    SELECT person_id, as_of, before_class.post_class, start_on, until,
           max(until) OVER (
               PARTITION BY person_id, as_of, before_class.post_class ORDER BY start_on, until
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
    FROM career JOIN before_class ON before_class.held = career.post_class
),
before AS (
    SELECT person_id, as_of, post_class, max(until) AS until,
           CAST(sum(greatest(until - greatest(start_on, coalesce(reach, start_on)), 0)) AS INTEGER)
               AS days
    FROM before_spells GROUP BY ALL
),
-- The stretch in posts of the same level that goes on: it began where no earlier spell reached.
equal_spells AS (
    SELECT person_id, as_of, equal_class.post_class, start_on, is_open,
           max(until) OVER (
               PARTITION BY person_id, as_of, equal_class.post_class ORDER BY start_on, until
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
    FROM career JOIN equal_class ON equal_class.held = career.post_class
),
same_level AS (
    SELECT person_id, as_of, post_class,
           max(start_on) FILTER (WHERE reach IS NULL OR reach < start_on) AS since
    FROM equal_spells GROUP BY ALL HAVING bool_or(is_open)
),
-- Time in posts that share a field of work with the target, and in all posts: whether another
-- field is related is for a person to judge. Posts with the same fields are counted once.
worked AS (
    SELECT person_id, as_of, wanted.fields, start_on, until,
           coalesce(list_has_any(own.field_list, wanted.field_list), false) AS is_sure
    FROM (SELECT DISTINCT person_id, as_of, fields, field_list
          FROM pairs JOIN fields_of USING (post_id)) AS wanted
    JOIN career USING (person_id, as_of)
    LEFT JOIN fields_of AS own ON own.post_id = career.post_id
),
field_spells AS (
    SELECT *, max(until) OVER earlier AS reach,
           max(until) FILTER (WHERE is_sure) OVER earlier AS sure_reach
    FROM worked
    WINDOW earlier AS (
        PARTITION BY person_id, as_of, fields ORDER BY start_on, until
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
experience AS (
    SELECT person_id, as_of, fields,
           max(until) AS possible_until,
           CAST(sum(greatest(until - greatest(start_on, coalesce(reach, start_on)), 0)) AS INTEGER)
               AS possible_days,
           max(until) FILTER (WHERE is_sure) AS sure_until,
           CAST(sum(greatest(until - greatest(start_on, coalesce(sure_reach, start_on)), 0))
               FILTER (WHERE is_sure) AS INTEGER) AS sure_days
    FROM field_spells GROUP BY ALL
),

-- Job person match: newest levels in force against the standard of the post, or of its class.
assessed AS (
    SELECT person_id, as_of, competency, level, assessed_on
    FROM people JOIN assessment USING (person_id)
    WHERE method IN ('assessment_centre', 'cact')
      AND competency IN (FROM dictionary) AND assessed_on <= as_of AND recorded_on <= as_of
),
measured AS (
    SELECT person_id, as_of, competency, min(level) AS low, max(level) AS high
    FROM (SELECT * FROM assessed WHERE as_of < anniversary(assessed_on, 3)
          QUALIFY rank() OVER (
              PARTITION BY person_id, as_of, competency ORDER BY assessed_on DESC) = 1)
    GROUP BY ALL
),
own_standard AS (
    SELECT post_id, competency, level AS required
    FROM post_requirement
    WHERE competency IN (FROM dictionary) AND post_id IN (SELECT post_id FROM pairs)
),
standard AS (
    FROM own_standard
    UNION ALL
    SELECT post_id, competency, required
    FROM post JOIN class_terms USING (post_class) CROSS JOIN dictionary
    WHERE post_id IN (SELECT post_id FROM pairs)
      AND post_id NOT IN (SELECT post_id FROM own_standard)
),
person_match AS (
    SELECT pair, count(low) AS n_measured,
           round(100 * sum(coalesce(low, 0)) / sum(required), 9) AS low,
           round(100 * sum(coalesce(high, 5)) / sum(required), 9) AS high
    FROM pairs
    JOIN standard USING (post_id)
    LEFT JOIN measured USING (person_id, as_of, competency)
    GROUP BY pair
),

-- The dossier.
born AS (
    SELECT person_id, as_of,
           CASE WHEN regexp_matches(min(value), '^\d{4}-\d{2}-\d{2}$')
                    THEN TRY_CAST(min(value) AS DATE)
                WHEN regexp_matches(min(value), '^\d{2}-\d{2}-\d{4}$')
                    THEN CAST(try_strptime(min(value), '%d-%m-%Y') AS DATE)
           END AS born_on
    FROM people JOIN protected_attribute USING (person_id)
    WHERE attribute = 'birth_date'
      AND (recorded_on IS NULL OR recorded_on <= as_of)
      AND (from_on IS NULL OR from_on <= as_of)
      AND coalesce(known(until_on, until_recorded_on, as_of) >= as_of, true)
    GROUP BY ALL HAVING count(DISTINCT value) = 1
),
retirement AS (
    SELECT person_id, as_of,
           last_day(make_date(year(born_on) + age, month(born_on), 1)) AS last_day
    FROM (
        SELECT person_id, as_of, born_on,
               CASE WHEN has_words(title, 'guru besar') THEN 70
                    WHEN has_words(title, 'profesor') THEN 70
                    WHEN post_class = 'ahli_utama' AND has_words(title, 'peneliti') THEN 70
                    WHEN post_class IN ('ahli_pertama', 'ahli_muda', 'ahli_madya')
                         AND (has_words(title, 'guru') OR has_words(title, 'dokter'))
                         THEN 60
                    ELSE retires_at END AS age
        FROM present_post JOIN born USING (person_id, as_of)
        LEFT JOIN class_terms USING (post_class)
    )
    WHERE age IS NOT NULL
),
schooling AS (
    SELECT person_id, as_of,
           max(list_position(
               ['primary_secondary', 'diploma', 'bachelor', 'master', 'doctorate'], level))
               AS education
    FROM people JOIN education USING (person_id)
    WHERE recorded_on <= as_of AND graduated_on <= as_of
    GROUP BY ALL
),
ranked AS (
    SELECT person_id, as_of, min(in_order("rank")) AS rank_low, max(in_order("rank")) AS rank_high
    FROM (SELECT person_id, as_of, "rank"
          FROM people JOIN rank_history USING (person_id)
          WHERE recorded_on <= as_of AND from_on <= as_of
          QUALIFY rank() OVER (PARTITION BY person_id, as_of ORDER BY from_on DESC) = 1)
    GROUP BY ALL
),
trained AS (
    SELECT person_id, as_of,
           max(list_position(['pkp', 'pka', 'pkn_ii', 'pkn_i'], level)) AS training
    FROM people JOIN training USING (person_id)
    WHERE started_recorded_on <= as_of AND finished_recorded_on <= as_of AND finished_on <= as_of
    GROUP BY ALL
),
-- The last year is the newest on record, and at least the one that is due by the end of March.
appraised AS (
    SELECT person_id, as_of, year,
           list_position(['very_good', 'good', 'needs_improvement', 'poor', 'very_poor'],
                         predicate) AS place,
           greatest(max(year) OVER (PARTITION BY person_id, as_of),
                    year(as_of) - if(as_of >= make_date(year(as_of), 3, 31), 1, 2)) AS last_year
    FROM people JOIN appraisal USING (person_id)
    WHERE recorded_on <= as_of AND appraised_on <= as_of
),
performed AS (
    SELECT person_id, as_of,
           max(place) FILTER (WHERE year = last_year) AS worst,
           min(place) FILTER (WHERE year = last_year) AS best,
           max(place) FILTER (WHERE year = last_year - 1) AS worst_before,
           min(place) FILTER (WHERE year = last_year - 1) AS best_before
    FROM appraised GROUP BY ALL
),
assessment_of AS (
    SELECT person_id, as_of, anniversary(max(assessed_on), 3) AS expires_on
    FROM assessed GROUP BY ALL
),
sanctioned AS (
    SELECT person_id, as_of, coalesce(bool_or(until_on >= as_of), false) AS is_running,
           bool_or(until_on IS NULL) AS is_unended
    FROM (SELECT person_id, as_of, known(until_on, until_recorded_on, as_of) AS until_on
          FROM people JOIN discipline USING (person_id)
          WHERE sanctioned_recorded_on <= as_of AND sanctioned_on <= as_of
            AND level IN ('medium', 'heavy'))
    GROUP BY ALL
),
standing AS (
    SELECT person_id, as_of, bool_and(status = 'active') AS all_active,
           bool_or(status = 'active') AS any_active
    FROM people JOIN legal_status USING (person_id)
    WHERE from_recorded_on <= as_of AND from_on <= as_of
      AND coalesce(known(until_on, until_recorded_on, as_of) >= as_of, true)
    GROUP BY ALL
),
grouped AS (
    SELECT person_id, as_of, true AS in_group, bool_or(scope = 'agency') AS in_own_group
    FROM (SELECT DISTINCT as_of FROM pairs) CROSS JOIN succession_group
    WHERE from_recorded_on <= as_of AND from_on <= as_of
      AND coalesce(known(until_on, until_recorded_on, as_of) >= as_of, true)
    GROUP BY ALL
),
-- Its own group is the one that an agency keeps: without anybody in it nobody is out of it.
groups_in_force AS (SELECT DISTINCT as_of, true AS any_group FROM grouped WHERE in_own_group),

-- All that does not depend on the post, a row a person and date.
person AS (
    SELECT person_id, as_of,
           coalesce(has_career, false) AS has_career,
           education, rank_low, rank_high, training, born_on,
           CASE WHEN last_day IS NULL THEN 1 WHEN as_of <= last_day THEN 0 ELSE 2 END
               AS retirement,
           CASE WHEN best > 2 OR best_before > 2 THEN 2
                WHEN worst <= 2 AND worst_before <= 2 THEN 0 ELSE 1 END AS performance,
           CASE WHEN as_of < expires_on THEN 0 ELSE 1 END AS assessment,
           CASE WHEN is_running THEN 2 WHEN is_unended THEN 1 ELSE 0 END AS discipline,
           CASE WHEN all_active THEN 0 WHEN NOT any_active THEN 2 ELSE 1 END AS legal_status,
           CASE WHEN in_group THEN 0 WHEN any_group THEN 2 ELSE 1 END AS succession_group
    FROM people
    LEFT JOIN ever_appointed USING (person_id, as_of)
    LEFT JOIN schooling USING (person_id, as_of)
    LEFT JOIN ranked USING (person_id, as_of)
    LEFT JOIN trained USING (person_id, as_of)
    LEFT JOIN born USING (person_id, as_of)
    LEFT JOIN retirement USING (person_id, as_of)
    LEFT JOIN performed USING (person_id, as_of)
    LEFT JOIN assessment_of USING (person_id, as_of)
    LEFT JOIN sanctioned USING (person_id, as_of)
    LEFT JOIN standing USING (person_id, as_of)
    LEFT JOIN grouped USING (person_id, as_of)
    LEFT JOIN groups_in_force USING (as_of)
),
-- What depends on the class of the post, a row a person, date and class.
person_and_class AS (
    SELECT person_id, as_of, post_class,
           CASE WHEN person.education >= asked.education THEN 0
                WHEN person.education < asked.education THEN 2 ELSE 1 END AS education,
           CASE WHEN NOT has_career THEN 1
                WHEN long_enough(before.days, before.until, asked.before) THEN 0 ELSE 2 END
               AS post_before,
           CASE WHEN asked.age IS NULL THEN -1
                WHEN as_of <= anniversary(born_on, asked.age) THEN 0
                WHEN as_of < anniversary(born_on, asked.age + 1) THEN 1
                WHEN born_on IS NOT NULL THEN 2 ELSE 1 END AS age,
           CASE WHEN rank_low >= in_order(rank_held) THEN 0
                WHEN rank_high < in_order(rank_held) - 1 THEN 2 ELSE 1 END AS rank_held,
           CASE WHEN asked.training IS NULL THEN -1
                WHEN person.training >= asked.training THEN 0 ELSE 1 END AS leadership_training,
           CASE WHEN NOT has_career THEN 1
                WHEN anniversary(since, 2) <= as_of THEN 0 ELSE 2 END AS same_level
    FROM person CROSS JOIN asked_of_class AS asked
    LEFT JOIN before USING (person_id, as_of, post_class)
    LEFT JOIN same_level USING (person_id, as_of, post_class)
),
answers AS (
    SELECT pair,
        CASE WHEN route = 'lateral' THEN -1 ELSE by_class.education END AS education,
        CASE WHEN route = 'lateral' OR asked.experience IS NULL THEN -1
             WHEN NOT has_career OR fields IS NULL THEN 1
             WHEN long_enough(sure_days, sure_until, asked.experience) THEN 0
             WHEN long_enough(possible_days, possible_until, asked.experience) THEN 1
             ELSE 2 END AS experience,
        CASE WHEN route = 'lateral' THEN -1 ELSE post_before END AS post_before,
        CASE WHEN route = 'lateral' THEN -1 ELSE by_class.age END AS age,
        CASE WHEN route = 'lateral' THEN -1 ELSE by_class.rank_held END AS "rank",
        CASE WHEN route = 'lateral' THEN -1 ELSE leadership_training END AS leadership_training,
        CASE WHEN route = 'succession_group' THEN person.succession_group ELSE -1 END
            AS succession_group,
        CASE WHEN route = 'lateral' THEN by_class.same_level ELSE -1 END AS same_level,
        retirement,
        performance,
        person.assessment,
        CASE WHEN n_measured > 0 AND low >= 68 THEN 0
             WHEN n_measured > 0 AND high < 68 THEN 2 ELSE 1 END AS job_person_match,
        person.discipline,
        person.legal_status,
        CASE WHEN route <> 'open_selection'
              AND post_class IN ('jpt_utama', 'jpt_madya', 'jpt_pratama') THEN 1 ELSE -1 END AS bkn,
        CASE WHEN post_class IN ('jpt_utama', 'jpt_madya') THEN 1 ELSE -1 END AS president,
        CASE WHEN post_class IN ('administrator', 'pengawas') THEN 1 ELSE -1 END AS appraisal_team,
        1 AS health,
        1 AS wealth_and_tax_reports
    FROM pairs
    JOIN post USING (post_id)
    LEFT JOIN fields_of USING (post_id)
    JOIN asked_of_class AS asked USING (post_class)
    JOIN person USING (person_id, as_of)
    JOIN person_and_class AS by_class USING (person_id, as_of, post_class)
    LEFT JOIN experience USING (person_id, as_of, fields)
    LEFT JOIN person_match USING (pair)
)
-- What is settled only before the appointment needs checking there, and not on the list.
SELECT * EXCLUDE (pair),
       greatest(education, experience, post_before, age, "rank", leadership_training,
                succession_group, same_level, retirement, performance, assessment,
                job_person_match, discipline, legal_status, 0) AS status
FROM answers ORDER BY pair;
