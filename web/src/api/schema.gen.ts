// Generated from docs/openapi.json by npm run gen. Do not edit.
export interface paths {
    "/api/v1/access-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who saw personal data, the newest first
         * @description Every answer that showed personal data in clear is here, with whose and which fields. Kept for 13 months.
         */
        get: operations["list-access-log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/actions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Actions, the newest first */
        get: operations["list-actions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/actions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One action */
        get: operations["show-action"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/actions/{id}/abandon": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give up what is in doubt, queued or proposed */
        post: operations["abandon-action"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/actions/{id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a proposed action happen */
        post: operations["approve-action"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/actions/{id}/message": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a mail says, as written and as its person reads it */
        get: operations["show-action-message"];
        /** Give a proposed mail other words, for this person only */
        put: operations["reword-action"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/actions/{id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Do not let a proposed action happen */
        post: operations["reject-action"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/actions/{id}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send what is in doubt again: it did not arrive */
        post: operations["release-action"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/actions/waiting": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How much waits for a person, and for how long */
        get: operations["show-waiting"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened lately, in words, newest first */
        get: operations["show-activity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What deserves a look, the newest first */
        get: operations["list-alerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Somebody looks into it */
        post: operations["acknowledge-alert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{id}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** It is over, or was nothing */
        post: operations["close-alert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analytics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Sums of metrics over a time
         * @description Every item holds a key for each group (campaign_id, step_id, variant_id, channel, day, hour; null for none) and every asked metric. Opens and clicks count people, once a mail; replies leave out auto-replies; positive_replies are those sorted as interested. revenue and spend are in the smallest unit of currency; amounts in other currencies are left out and their currencies listed.
         */
        get: operations["query-analytics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analytics/forecast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the next days will bring if they are like those before */
        get: operations["show-forecast"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analytics/funnel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far people came in a time */
        get: operations["show-funnel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/analytics/insights": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the numbers show with enough evidence to say it
         * @description Fixed rules over the counts of the period, no model. Each names its sample and its interval; what is not shown has too little evidence.
         */
        get: operations["list-insights"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All keys */
        get: operations["list-api-keys"];
        put?: never;
        /**
         * Make a key for a program
         * @description The secret is shown once.
         */
        post: operations["create-api-key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One key */
        get: operations["show-api-key"];
        put?: never;
        post?: never;
        /** End a key */
        delete: operations["revoke-api-key"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a key a new secret
         * @description The secret is shown once. The old one stays good for overlap_hours, so that programs change without a gap.
         */
        post: operations["rotate-api-key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who did what, the newest first */
        get: operations["list-audit-log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-log/{id}/proof": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Proof that an entry is in the record
         * @description An inclusion proof (RFC 9162 2.1.3) under the newest signed checkpoint. 409 until one covers the entry: up to a minute.
         */
        get: operations["prove-audit-entry"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit-log/export.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The record as CSV
         * @description Every entry that the filters select, the newest first, with its number and its hash.
         */
        get: operations["export-audit-log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept an invitation and sign in
         * @description Somebody who has an account proves it with its password; others choose one.
         */
        post: operations["accept-invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/identities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your identities at providers */
        get: operations["list-identities"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/identities/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Unlink an identity */
        delete: operations["unlink-identity"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/identities/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to link an identity to yourself
         * @description Send the browser to url. It must keep the cookie of this answer and stay signed in.
         */
        post: operations["link-identity"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in with a password
         * @description Somebody with a second factor is asked for it with 401 and code mfa_required, then mfa_invalid when it was wrong or used.
         */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login/passkey": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in with a passkey alone */
        post: operations["login-with-passkey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login/passkey/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a passkey
         * @description For navigator.credentials.get. The answer signs in alone (/auth/login/passkey), or goes as passkey to every operation that takes a totp_code. A ceremony is good for one answer and five minutes.
         */
        post: operations["begin-passkey-login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End the session */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is asking */
        get: operations["show-me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Second factors of the person who asks */
        get: operations["show-mfa"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa/recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace the recovery codes
         * @description Ends every other session of the person. The codes are shown once. Needs a sign-in, or /auth/verify, within the last 15 minutes; else 403 with code verify_required.
         */
        post: operations["renew-recovery-codes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to set up an authenticator app
         * @description Asks for nothing until it is confirmed. Needs a sign-in, or /auth/verify, within the last 15 minutes; else 403 with code verify_required.
         */
        post: operations["enrol-totp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Turn the authenticator app on with its first code
         * @description Ends every other session of the person. The recovery codes are shown once; each is good once, in place of a code. Needs a sign-in, or /auth/verify, within the last 15 minutes; else 403 with code verify_required.
         */
        post: operations["confirm-totp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/mfa/totp/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Turn the authenticator app off
         * @description Ends every other session of the person.
         */
        post: operations["disable-totp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/passkeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Passkeys of the person who asks */
        get: operations["list-passkeys"];
        put?: never;
        /**
         * Add a passkey
         * @description Ends every other session of the person; from then on a sign-in with the password asks for a second factor. Needs a sign-in, or /auth/verify, within the last 15 minutes; else 403 with code verify_required.
         */
        post: operations["add-passkey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/passkeys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a passkey
         * @description Ends every other session of the person. Needs a sign-in, or /auth/verify, within the last 15 minutes; else 403 with code verify_required.
         */
        delete: operations["remove-passkey"];
        options?: never;
        head?: never;
        /** Rename a passkey */
        patch: operations["rename-passkey"];
        trace?: never;
    };
    "/api/v1/auth/passkeys/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to add a passkey
         * @description For navigator.credentials.create. 409 with code passkeys_unavailable where browsers offer none: public_url has no host name or no https. Needs a sign-in, or /auth/verify, within the last 15 minutes; else 403 with code verify_required.
         */
        post: operations["begin-passkey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change one's password
         * @description Ends every other session of the person.
         */
        post: operations["change-password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/password-reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a mail with a reset link
         * @description The answer is the same whether anybody has the address or not. The link leads to /reset-password#token=... and is good once, for ten minutes.
         */
        post: operations["request-password-reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/password-reset/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Choose a new password with a reset link
         * @description Ends every session of the person. Somebody with a second factor is asked for it with 401 and code mfa_required, as at sign-in; the link stays good meanwhile.
         */
        post: operations["confirm-password-reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Providers that the sign-in page offers to everybody */
        get: operations["list-sign-in-providers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change a refresh token for new tokens
         * @description Each refresh token is good once. Using one twice ends its session.
         */
        post: operations["refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where the person who asks is signed in */
        get: operations["list-sessions"];
        put?: never;
        post?: never;
        /** End every other session of one's own */
        delete: operations["end-other-sessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one session of one's own */
        delete: operations["end-session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/signup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make an organisation and its first admin */
        post: operations["signup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Prove once more who holds the session
         * @description Good for 15 minutes. Operations that change how one signs in ask for it with 403 and code verify_required.
         */
        post: operations["verify-session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Campaigns, the newest first */
        get: operations["list-campaigns"];
        put?: never;
        /**
         * Draft a campaign
         * @description A variant without subject and body is written from its prompt; 503, and no campaign, when the language model fails. Nothing leaves before launch.
         */
        post: operations["create-campaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One campaign */
        get: operations["show-campaign"];
        put?: never;
        post?: never;
        /** Delete a draft */
        delete: operations["delete-campaign"];
        options?: never;
        head?: never;
        /**
         * Change a campaign
         * @description Fields that are left out stay. Once launched, steps can be reworded, delayed and added, not taken away.
         */
        patch: operations["update-campaign"];
        trace?: never;
    };
    "/api/v1/campaigns/{id}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End it for good */
        post: operations["archive-campaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/audience": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * People of the audience, by what the gate says of them
         * @description A page may be short before the end: go on while there is a next_cursor.
         */
        get: operations["list-campaign-audience"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/copy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a draft of the same plan */
        post: operations["copy-campaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/enrol": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add people to a launched campaign */
        post: operations["enrol-leads"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/enrol/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take back what one request enrolled
         * @description Takes out whom nothing has reached yet, with what waits for them; the others stay and are counted.
         */
        post: operations["undo-enrolment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/enrolments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is in it */
        get: operations["list-campaign-enrolments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/launch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pass the gate and start
         * @description 409 names every obstacle at once. What was launched is kept as a snapshot.
         */
        post: operations["launch-campaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/launches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What exactly was launched */
        get: operations["list-campaign-launches"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What became of it, over all time */
        get: operations["show-campaign-metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/outlook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is next, and what limits it */
        get: operations["show-campaign-outlook"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send nothing more until resumed */
        post: operations["pause-campaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/preflight": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The verdict of the gate, without launching */
        post: operations["preflight-campaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What each step would say to a person */
        post: operations["preview-campaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go on where it stood */
        post: operations["resume-campaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/test-send": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send one mail to yourself
         * @description Goes to the address of the signed-in user, through the action log as email.test. It counts for no campaign.
         */
        post: operations["test-campaign-mail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/variants/{variant_id}/mail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One mail as a page for a frame
         * @description The page carries a policy of its own: a sandbox that runs and loads nothing.
         */
        get: operations["show-campaign-mail"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/campaigns/{id}/variants/{variant_id}/ship": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give one version all the traffic of its step */
        post: operations["ship-campaign-variant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Record what a person agreed to, or took back */
        post: operations["add-consent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was decided, from which options, and why, the newest first */
        get: operations["list-decisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Imports, the newest first */
        get: operations["list-imports"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One import
         * @description rows_created, rows_updated, rows_skipped and rows_failed sum to rows_total when the import is done.
         */
        get: operations["show-import"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports/{id}/errors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Why rows were not taken, row by row
         * @description Mend cells, and send the file again with corrections.
         */
        get: operations["list-import-errors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports/{id}/errors.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Why rows were not taken */
        get: operations["import-errors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports/{id}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take back what an import created
         * @description Leads that somebody edited, touched or enrolled since stay and are counted. Large imports are undone in the background: the state says when.
         */
        post: operations["undo-import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inbound-webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** These addresses */
        get: operations["list-inbound-webhooks"];
        put?: never;
        /**
         * Make an address that takes leads from a system of yours
         * @description POST {"type": "lead.created" or "lead.updated", "data": {"email": ..., "first_name": ...}} to the URL, signed as Standard Webhooks 1.0.0 says. A person who is there already is updated. URL and secret are shown once.
         */
        post: operations["create-inbound-webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inbound-webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one */
        delete: operations["delete-inbound-webhook"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inbound-webhooks/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What came, and what was done about it */
        get: operations["list-inbound-events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Incidents, the newest first */
        get: operations["list-incidents"];
        put?: never;
        /** Log an incident */
        post: operations["open-incident"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One incident with its timeline */
        get: operations["show-incident"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/advance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move an incident to its next state
         * @description detection, analysis, containment, eradication, recovery, post_incident, closed: one at a time.
         */
        post: operations["advance-incident"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An incident with its evidence, as one document */
        get: operations["export-incident"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/isolate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Shut a user, an API key or the organisation out, at once
         * @description Sessions end, and neither sign-in nor key is accepted within a second. Of a shut-out organisation admins alone get in, and nothing leaves until it is resumed. Release lets them in again.
         */
        post: operations["isolate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/notes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add to the timeline */
        post: operations["add-incident-note"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let somebody in again */
        post: operations["release-isolation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/leads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** People */
        get: operations["list-leads"];
        put?: never;
        /**
         * Add a person
         * @description At least one of email, phone, first_name, last_name, company and external_id is needed. 409 names the field and the lead that has it already.
         */
        post: operations["create-lead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/leads/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One person */
        get: operations["show-lead"];
        put?: never;
        post?: never;
        /**
         * Delete a person and their history
         * @description Suppressions stay, so that a re-import cannot revive somebody who opted out.
         */
        delete: operations["delete-lead"];
        options?: never;
        head?: never;
        /**
         * Change a person
         * @description Fields that are left out stay; null clears. custom is merged key by key; null removes a key.
         */
        patch: operations["update-lead"];
        trace?: never;
    };
    "/api/v1/leads/{id}/compliance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Consents and suppressions of a person */
        get: operations["show-lead-compliance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/leads/{id}/interactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What passed between a person and us, the newest first */
        get: operations["list-lead-interactions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/leads/{id}/notes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Write a note */
        post: operations["add-lead-note"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/leads/{id}/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add a task */
        post: operations["add-lead-task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/leads/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change many people at once
         * @description Runs in batches: when it fails in the middle, send it again.
         */
        post: operations["bulk-leads"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/leads/export.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * People as CSV
         * @description Takes the filters of the list. Cells that a spreadsheet would run as a formula begin with an apostrophe.
         */
        get: operations["export-leads"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/leads/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import people from CSV or XLSX
         * @description The file is read through before the answer: what is wrong with it, or with the mapping, is said at once and changes nothing. Then the import runs by itself; GET /imports/{id} tells how far it is.
         */
        post: operations["import-leads"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mailboxes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Mailboxes */
        get: operations["list-mailboxes"];
        put?: never;
        /**
         * Add a mailbox
         * @description Passwords and keys are sealed and never shown again. Answers and bounces are read at imap; where mail is delivered to --inbound-smtp, it is not needed.
         */
        post: operations["create-mailbox"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mailboxes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One mailbox */
        get: operations["show-mailbox"];
        put?: never;
        post?: never;
        /** Take a mailbox out of use */
        delete: operations["delete-mailbox"];
        options?: never;
        head?: never;
        /**
         * Change a mailbox
         * @description Fields that are left out stay; smtp, imap and dkim are replaced whole, but a secret that is left out is kept, a password only for the same server and user. imap: null ends the reading.
         */
        patch: operations["update-mailbox"];
        trace?: never;
    };
    "/api/v1/mailboxes/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a mail from the mailbox to itself
         * @description And open its inbox, when there is one. Answers 200 either way; ok says whether both worked.
         */
        post: operations["test-mailbox"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/mailboxes/sandbox": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add a mailbox for practice
         * @description Simulated people take its mail and answer; nothing leaves this machine.
         */
        post: operations["create-sandbox-mailbox"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everybody in the organisation */
        get: operations["list-members"];
        put?: never;
        /**
         * Invite somebody
         * @description The answer holds the invitation's token, once: hand it to the person, who sends it to /auth/accept within a week. Where mail is set up, the person gets a link to /invitation#... as well.
         */
        post: operations["add-member"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/members/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove somebody
         * @description Ends the member's sessions.
         */
        delete: operations["remove-member"];
        options?: never;
        head?: never;
        /**
         * Change a role
         * @description Ends the member's sessions.
         */
        patch: operations["update-member"];
        trace?: never;
    };
    "/api/v1/members/{id}/reset-link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a link that sets a member's password
         * @description For places without mail: hand the link to the person. It is shown once, good once, for ten minutes, and asks for the person's second factor. 409 for somebody who has no password here or belongs to another organisation too.
         */
        post: operations["make-reset-link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/members/{id}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End every session of a member in this organisation
         * @description The member signs in again; to keep somebody out, remove them.
         */
        delete: operations["end-member-sessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organization": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The organisation */
        get: operations["show-organization"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change the organisation
         * @description Fields that are left out stay. settings are merged key by key; null removes a key.
         */
        patch: operations["update-organization"];
        trace?: never;
    };
    "/api/v1/pause-all": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The kill switch: nothing leaves until resume-all */
        post: operations["pause-all"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/replies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What people answered, and how it was understood, the newest first */
        get: operations["list-replies"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/replies/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One answer */
        get: operations["show-reply"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/replies/{id}/correct": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sort an answer otherwise than the rules or the model did; what was ended stays ended, an opt-out stays one */
        post: operations["correct-reply"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/resume-all": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let everything go on */
        post: operations["resume-all"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who may do what */
        get: operations["list-roles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sample-data": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add the sample list
         * @description Invented people with source and tag sample. Those who are there already stay as they are.
         */
        post: operations["add-sample"];
        /**
         * Remove the sample list
         * @description Also those of its people that were changed since. Campaigns stay.
         */
        delete: operations["remove-sample"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shared/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The report behind a link */
        get: operations["open-share"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The links, the newest first; those that ended too */
        get: operations["list-shares"];
        put?: never;
        /**
         * Make a link that shows a report to whoever has it, for some days
         * @description It shows sums and names of campaigns, never people. The address is told once.
         */
        post: operations["create-share"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shares/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a link at once */
        delete: operations["revoke-share"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sso-connections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Identity providers of the organisation */
        get: operations["list-sso-connections"];
        put?: never;
        /**
         * Add an identity provider
         * @description It is off until enabled is true. The provider is asked for its configuration then.
         */
        post: operations["create-sso-connection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sso-connections/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One identity provider */
        get: operations["show-sso-connection"];
        put?: never;
        post?: never;
        /**
         * Remove an identity provider
         * @description Also the identities that people have there, and the sessions it opened.
         */
        delete: operations["delete-sso-connection"];
        options?: never;
        head?: never;
        /**
         * Change an identity provider
         * @description Turning it off, or changing its issuer, ends the sessions that it opened. enforce ends those that were opened in another way.
         */
        patch: operations["update-sso-connection"];
        trace?: never;
    };
    "/api/v1/sso-connections/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask an identity provider whether it can be used as it is set up
         * @description Judges the connection as if it were turned on now. It changes nothing and signs nobody in.
         */
        post: operations["test-sso-connection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/suppressions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Addresses nobody may contact, the newest first */
        get: operations["list-suppressions"];
        /**
         * Put addresses on the list
         * @description E-mail addresses, domains (example.com) and telephone numbers. Effective at once, in every campaign.
         */
        put: operations["add-suppression"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/suppressions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take an address off the list
         * @description Opt-outs and complaints stay: 409.
         */
        delete: operations["remove-suppression"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Open tasks, the most urgent first; or all of one lead */
        get: operations["list-tasks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Tick a task off, or open it again */
        patch: operations["update-task"];
        trace?: never;
    };
    "/api/v1/views": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your views of the lead list, and those shared with you */
        get: operations["list-views"];
        put?: never;
        /** Keep a filter and an order under a name */
        post: operations["create-view"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/views/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a view of yours */
        delete: operations["delete-view"];
        options?: never;
        head?: never;
        /**
         * Change a view of yours
         * @description Fields that are left out stay; search is replaced as a whole.
         */
        patch: operations["update-view"];
        trace?: never;
    };
    "/api/v1/webhook-endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** URLs that are told of events */
        get: operations["list-webhook-endpoints"];
        put?: never;
        /**
         * Have a URL told of events
         * @description Each event is POSTed as {type, timestamp, subject, data}, signed as Standard Webhooks 1.0.0 says, at least once, in up to ten attempts over three days. The secret is shown once.
         */
        post: operations["create-webhook-endpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhook-endpoints/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One of them */
        get: operations["show-webhook-endpoint"];
        put?: never;
        post?: never;
        /** Remove one and its deliveries */
        delete: operations["delete-webhook-endpoint"];
        options?: never;
        head?: never;
        /**
         * Change one
         * @description Made active again, it goes on with what comes from then on.
         */
        patch: operations["update-webhook-endpoint"];
        trace?: never;
    };
    "/api/v1/webhook-endpoints/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was delivered, and what was answered
         * @description Kept for 30 days.
         */
        get: operations["list-webhook-deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhook-endpoints/{id}/deliveries/{delivery_id}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Deliver again
         * @description With the same webhook-id: a receiver that has it already can tell.
         */
        post: operations["redeliver-webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhook-endpoints/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a new secret
         * @description The old one signs too for overlap_hours, so that the receiver can change over. The new one is shown once.
         */
        post: operations["rotate-webhook-secret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhook-endpoints/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a webhook.test event now
         * @description Once, without further attempts; the answer says what came of it.
         */
        post: operations["test-webhook-endpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/writer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who writes mails from a brief */
        get: operations["show-writer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/writer/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the language model does, and what it cost
         * @description Of this organisation, from the record of calls. Costs are those of the current month (UTC); calls of unknown cost are counted apart.
         */
        get: operations["show-writer-status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AcceptInputBody: {
            /** @description Needed by somebody without an account. */
            name?: string;
            /** @description In place of a code; see /auth/login/passkey/options. */
            passkey?: components["schemas"]["PasskeyAnswer"];
            password: string;
            token: string;
            /** @description Of the authenticator app, or a recovery code. Asked for with code mfa_required. */
            totp_code?: string;
        };
        Action: {
            /**
             * Format: uuid
             * @description The mailbox.
             */
            account_id: string | null;
            /** Format: int64 */
            attempts: number;
            /** Format: uuid */
            campaign_id: string | null;
            campaign_name: string;
            /**
             * @description What the provider promises: E dedups by our key, L can be asked, H neither.
             * @enum {string}
             */
            contract: "E" | "L" | "H";
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            due_at: string;
            /** Format: uuid */
            enrolment_id: string | null;
            /** Format: date-time */
            finished_at: string | null;
            /** Format: uuid */
            id: string;
            /**
             * Format: date-time
             * @description When it was permitted to happen.
             */
            intent_at: string | null;
            kind: string;
            /** Format: uuid */
            lead_id: string | null;
            /** @description Empty when the lead is gone. */
            lead_name: string;
            /**
             * Format: float
             * @description Probability with which the variant was chosen.
             */
            propensity?: number;
            provider_ref: string;
            reason: string;
            /** @description Verdict of the gate. */
            rule: string;
            /** @enum {string} */
            state: "proposed" | "queued" | "claimed" | "sending" | "done" | "failed" | "in_doubt" | "refused" | "abandoned";
            /** Format: uuid */
            step_id: string | null;
            /** Format: uuid */
            variant_id: string | null;
        };
        ActionMessage: {
            /** @description As written, with merge fields. */
            body: string;
            /** @description Merge fields that come out empty. */
            missing: string[];
            /** @description As its person reads it. */
            shown: components["schemas"]["Shown"];
            /** @description As written, with merge fields. */
            subject: string;
        };
        ActionPile: {
            /**
             * Format: int64
             * @description At most 1000; more are counted as 1000.
             */
            count: number;
            /**
             * Format: date-time
             * @description Since when the oldest waits.
             */
            oldest_at: string | null;
        };
        ActionWaiting: {
            /** @description May or may not have happened. */
            in_doubt: components["schemas"]["ActionPile"];
            /**
             * Format: int64
             * @description Being handed over at this moment.
             */
            in_flight: number;
            /** @description Waits to be approved. */
            proposed: components["schemas"]["ActionPile"];
        };
        ActivityLine: {
            /** Format: uuid */
            campaign_id?: string;
            event: string;
            /** Format: uuid */
            lead_id?: string;
            /** Format: date-time */
            occurred_at: string;
            /** Format: int64 */
            seq: number;
            text: string;
        };
        AddConsentInputBody: {
            /** @enum {string} */
            channel: "email" | "call" | "sms" | "social";
            /** @description How and where it was given. */
            evidence: string;
            /** Format: uuid */
            lead_id: string;
            /**
             * Format: date-time
             * @description Now by default.
             */
            occurred_at?: string;
            purpose?: string;
            /**
             * @default granted
             * @enum {string}
             */
            state: "granted" | "revoked";
            text_version?: string;
        };
        AddedPasskey: {
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            last_used_at: string | null;
            name: string;
            /** @description Shown once, when there were none before; else empty. */
            recovery_codes: string[];
            /** @description The authenticator copies it to the person's other devices. */
            synced: boolean;
        };
        AddMemberInputBody: {
            email: string;
            /** @enum {string} */
            role: "admin" | "manager" | "content_creator" | "analyst" | "api_user";
        };
        AddNoteInputBody: {
            body: string;
        };
        AddPasskeyInputBody: {
            /** @description Of the options. */
            ceremony: string;
            /** @description PublicKeyCredential.toJSON(). */
            credential: {
                [key: string]: unknown;
            };
            name: string;
        };
        AddSuppressionInputBody: {
            /**
             * @default manual
             * @enum {string}
             */
            reason: "manual" | "dnc" | "opt_out" | "complaint";
            /** @description E-mail addresses, domains, telephone numbers. */
            values: string[];
        };
        AddTaskInputBody: {
            /** Format: uuid */
            assignee_id?: string;
            body?: string;
            /** Format: date-time */
            due_at?: string;
            title: string;
        };
        AdvanceIncidentInputBody: {
            note?: string;
            /** @enum {string} */
            state: "analysis" | "containment" | "eradication" | "recovery" | "post_incident" | "closed";
        };
        AnalyticsAnswer: {
            currency: string;
            /** Format: date-time */
            from: string;
            /** @description Group keys and metrics. */
            items: {
                [key: string]: unknown;
            }[];
            /** @description Left out of revenue and spend. */
            other_currencies: string[];
            timezone: string;
            /** Format: date-time */
            to: string;
            totals: {
                [key: string]: number;
            };
        };
        AudienceFields: {
            /** @description The keys of the lead list, tags, source and company. */
            filter: {
                [key: string]: unknown;
            };
        };
        AuthAPIKey: {
            /** @description Networks that it may be used from; empty means everywhere. */
            allowed_addresses: string[];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string | null;
            /** Format: uuid */
            id: string;
            key_id: string;
            /**
             * Format: date-time
             * @description To the minute.
             */
            last_used_at: string | null;
            /** @description How often a day (UTC) it may do an operation. */
            limits: {
                [key: string]: number;
            };
            name: string;
            /**
             * Format: date-time
             * @description Until when the secret before the last rotation is good.
             */
            previous_secret_until: string | null;
            /**
             * Format: int64
             * @description Requests a second.
             */
            rate_limit: number | null;
            /** Format: date-time */
            revoked_at: string | null;
            /** @enum {string} */
            role: "admin" | "manager" | "content_creator" | "analyst" | "api_user";
            /** Format: date-time */
            rotated_at: string | null;
            scopes: string[];
        };
        AuthResetLink: {
            /** Format: date-time */
            expires_at: string;
            token: string;
            /** @description What to hand to the person. */
            url: string;
        };
        AuthSession: {
            /** @description Network address, without its last part. */
            address: string;
            /** Format: date-time */
            created_at: string;
            /** @description The one that asks. */
            current: boolean;
            /** @description In words, such as Firefox on Linux; a hint, not a proof. */
            device: string;
            /**
             * Format: date-time
             * @description At the latest; sooner when it is not used.
             */
            expires_at: string;
            /** Format: uuid */
            id: string;
            /**
             * Format: date-time
             * @description To five minutes.
             */
            last_seen_at: string;
        };
        BulkLeadsInputBody: {
            /** @enum {string} */
            action: "delete" | "set_status" | "add_tags" | "remove_tags" | "rescore";
            /** @description The keys of the list; {} is everybody. */
            filter?: unknown;
            ids?: string[];
            /** @description Of set_status. */
            status?: string;
            /** @description Of add_tags and remove_tags. */
            tags?: string[];
        };
        Campaign: {
            ab_testing: boolean;
            ai: components["schemas"]["CampaignAI"];
            audience: components["schemas"]["CampaignAudience"];
            auto_optimize: boolean;
            budget: components["schemas"]["CampaignBudget"];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            end_at: string | null;
            goal: string;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            launched_at: string | null;
            /** Format: uuid */
            mailbox_id: string | null;
            metrics?: components["schemas"]["CampaignFigures"];
            name: string;
            paused_by?: string;
            /** Format: uuid */
            phone_number_id: string | null;
            schedule: components["schemas"]["CampaignSchedule"];
            /** Format: date-time */
            start_at: string | null;
            /** @enum {string} */
            status: "draft" | "running" | "paused" | "completed" | "archived";
            steps: components["schemas"]["StepFields"][];
            type: string;
            /** Format: date-time */
            updated_at: string;
            /** Format: int64 */
            version: number;
        };
        CampaignAI: {
            /** @enum {string} */
            autonomy?: "suggest" | "approve" | "auto";
            /** @description Must be empty: there is no knowledge base yet whose parts it could name. */
            knowledge_ids?: string[];
            model?: string;
            persona?: string;
            voice?: string;
        };
        CampaignAudience: {
            filter: components["schemas"]["LeadFilter"];
        };
        CampaignBudget: {
            daily?: components["schemas"]["Money"];
            total?: components["schemas"]["Money"];
        };
        CampaignCandidate: {
            company: string;
            /** Format: uuid */
            lead_id: string;
            message: string;
            name: string;
            /** @description allowed, or what excludes them. */
            rule: string;
            title: string;
            zone_unknown: boolean;
        };
        CampaignCondition: {
            all?: components["schemas"]["CampaignCondition"][];
            any?: components["schemas"]["CampaignCondition"][];
            /** @description status, score, a name, company, title, region, timezone or custom.<key> */
            field?: string;
            not?: components["schemas"]["CampaignCondition"];
            /** @enum {string} */
            op?: "is" | "is_not" | "contains" | "at_least" | "below" | "exists";
            value?: unknown;
        };
        CampaignEnrolled: {
            /**
             * Format: uuid
             * @description Names those who are new, for taking it back.
             */
            batch_id: string;
            /**
             * Format: int64
             * @description How many are new in the campaign.
             */
            enrolled: number;
            excluded: components["schemas"]["CampaignExcluded"][];
            /** Format: int64 */
            matched: number;
        };
        CampaignEnrolment: {
            /** Format: date-time */
            enrolled_at: string;
            /** Format: date-time */
            finished_at: string | null;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            lead_id: string;
            /** Format: date-time */
            next_at: string;
            reason: string;
            /** @enum {string} */
            state: "active" | "waiting" | "finished" | "stopped";
            /**
             * Format: int64
             * @description Position of the next step, from 0.
             */
            step: number;
        };
        CampaignExcluded: {
            /** Format: int64 */
            count: number;
            message: string;
            rule: string;
        };
        CampaignFields: {
            ab_testing?: boolean;
            ai?: components["schemas"]["CampaignAI"];
            audience?: components["schemas"]["AudienceFields"];
            auto_optimize?: boolean;
            budget?: components["schemas"]["CampaignBudget"];
            /** Format: date-time */
            end_at?: string | null;
            goal?: string;
            /** Format: uuid */
            mailbox_id?: string | null;
            name?: string;
            /** Format: uuid */
            phone_number_id?: string | null;
            schedule?: components["schemas"]["CampaignSchedule"];
            /** Format: date-time */
            start_at?: string | null;
            steps?: components["schemas"]["StepFields"][];
            /** @enum {string} */
            type?: "email_sequence" | "outbound_calls" | "social_media" | "multichannel";
        };
        CampaignFigures: {
            /** Format: int64 */
            active: number;
            /** Format: int64 */
            bounces: number;
            /** Format: int64 */
            clicks: number;
            /** Format: int64 */
            complaints: number;
            /** Format: int64 */
            deals_won: number;
            /** Format: int64 */
            emails_sent: number;
            /** Format: int64 */
            enrolled: number;
            /** Format: int64 */
            failed: number;
            /** Format: int64 */
            finished: number;
            /** Format: int64 */
            hard_bounces: number;
            /**
             * Format: int64
             * @description Nobody knows whether they were sent: a person decides.
             */
            in_doubt: number;
            /** Format: int64 */
            machine_clicks: number;
            /** Format: int64 */
            machine_opens: number;
            /** Format: int64 */
            meetings: number;
            /**
             * Format: int64
             * @description First opens that no machine is known for. Never proof of a person.
             */
            opens: number;
            /** Format: int64 */
            positive_replies: number;
            /**
             * Format: int64
             * @description Waiting for a person's approval.
             */
            proposed: number;
            /**
             * Format: int64
             * @description Waiting to go, or on their way.
             */
            queued: number;
            /**
             * Format: int64
             * @description By the gate, before anything was sent.
             */
            refused: number;
            /**
             * Format: int64
             * @description Answers of people; auto-replies do not count.
             */
            replies: number;
            /** Format: int64 */
            stopped: number;
            /** Format: int64 */
            unsubscribes: number;
        };
        CampaignHint: {
            /** @enum {string} */
            field: "subject" | "body";
            message: string;
            rule: string;
        };
        CampaignLimit: {
            code: string;
            message: string;
        };
        CampaignObstacle: {
            code: string;
            location: string;
            message: string;
        };
        CampaignOutlook: {
            limits: components["schemas"]["CampaignLimit"][];
            /**
             * Format: int64
             * @description People whose mail is prepared and waits for its turn.
             */
            queued: number;
            /** @description Of the days: the organisation's. */
            timezone: string;
            upcoming: components["schemas"]["CampaignUpcoming"][];
            window: components["schemas"]["CampaignSchedule"];
        };
        CampaignPersonVerdict: {
            allowed: boolean;
            message: string;
            rule: string;
            /**
             * Format: date-time
             * @description When to ask again, for rules that only put off.
             */
            until: string | null;
        };
        CampaignReach: {
            excluded: components["schemas"]["CampaignExcluded"][];
            /** Format: int64 */
            reachable: number;
            /** Format: int64 */
            total: number;
            /** Format: int64 */
            zone_unknown: number;
        };
        CampaignReport: {
            /** Format: int64 */
            active: number;
            /** Format: int64 */
            bounces: number;
            by_step: components["schemas"]["StepMetrics"][];
            by_variant: components["schemas"]["VariantMetrics"][];
            /** Format: uuid */
            campaign_id: string;
            /** Format: int64 */
            clicks: number;
            /** @description Every two variants of a step, by answers of people; never by opens. */
            comparisons: components["schemas"]["VariantComparison"][];
            /** Format: int64 */
            complaints: number;
            /** @description Of revenue and spend, which are in its smallest unit. */
            currency: string;
            /** Format: int64 */
            deals_won: number;
            /** Format: int64 */
            emails_sent: number;
            /** Format: int64 */
            enrolled: number;
            /** Format: int64 */
            failed: number;
            /** Format: int64 */
            finished: number;
            /** Format: int64 */
            hard_bounces: number;
            /**
             * Format: int64
             * @description Nobody knows whether they were sent: a person decides.
             */
            in_doubt: number;
            /** Format: int64 */
            machine_clicks: number;
            /** Format: int64 */
            machine_opens: number;
            /** Format: int64 */
            meetings: number;
            /**
             * Format: int64
             * @description First opens that no machine is known for. Never proof of a person.
             */
            opens: number;
            /** Format: int64 */
            positive_replies: number;
            /**
             * Format: int64
             * @description Waiting for a person's approval.
             */
            proposed: number;
            /**
             * Format: int64
             * @description Waiting to go, or on their way.
             */
            queued: number;
            /**
             * Format: int64
             * @description By the gate, before anything was sent.
             */
            refused: number;
            /**
             * Format: int64
             * @description Answers of people; auto-replies do not count.
             */
            replies: number;
            /** Format: int64 */
            stopped: number;
            totals: {
                [key: string]: number;
            };
            /** Format: int64 */
            unsubscribes: number;
        };
        CampaignSchedule: {
            days?: string[];
            from?: string;
            timezone?: string;
            to?: string;
        };
        CampaignStepPreview: {
            channel: string;
            /** @description What filters may take amiss, by rule. */
            hints: components["schemas"]["CampaignHint"][];
            html: string;
            /** @description Fixed addresses in the mail. */
            links: string[];
            /** @description Merge fields that come out empty. */
            missing: string[];
            /** Format: uuid */
            step_id: string;
            subject: string;
            text: string;
            /** Format: uuid */
            variant_id: string;
        };
        CampaignUpcoming: {
            /** Format: int64 */
            count: number;
            /** @description Date in timezone. */
            day: string;
            /** Format: date-time */
            first_at: string;
            /** Format: date-time */
            last_at: string;
            /**
             * Format: int64
             * @description Position, from 0.
             */
            step: number;
        };
        CampaignVerdict: {
            audience: components["schemas"]["CampaignReach"];
            ready: boolean;
            reasons: components["schemas"]["CampaignObstacle"][];
            warnings: components["schemas"]["CampaignObstacle"][];
        };
        ChangePasswordInputBody: {
            current: string;
            /** @description 8 to 256 characters, not a common one. */
            new: string;
        };
        ComplianceConsent: {
            /** @enum {string} */
            channel: "email" | "call" | "sms" | "social";
            evidence: string;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            lead_id: string;
            /** Format: date-time */
            occurred_at: string;
            purpose: string;
            /** @enum {string} */
            state: "granted" | "revoked";
            text_version: string;
        };
        ComplianceSuppression: {
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            kind: string;
            /** Format: uuid */
            lead_id: string | null;
            reason: string;
            source: string;
            value: string;
        };
        ConfirmTOTPInputBody: {
            totp_code: string;
        };
        ConversationReply: {
            /** Format: uuid */
            action_id: string | null;
            /** Format: uuid */
            campaign_id: string | null;
            channel: string;
            /** Format: double */
            confidence: number;
            /** @description The rules and their version, or the model. */
            decider: string;
            /** Format: uuid */
            id: string;
            intent: string;
            /** Format: uuid */
            lead_id: string;
            lead_name: string;
            /** @description An auto-reply, not a person. */
            machine: boolean;
            reason: string;
            /** Format: date-time */
            received_at: string;
            /** Format: date-time */
            retry_after: string | null;
            subject: string;
            text: string;
        };
        CorrectReplyInputBody: {
            /** @enum {string} */
            intent: "interested" | "question" | "not_now" | "not_interested" | "wrong_person" | "out_of_office" | "opt_out" | "other";
        };
        CreateAPIKeyInputBody: {
            /** @description Addresses and networks (203.0.113.0/24) that it may be used from. Left out: everywhere. */
            allowed_addresses?: string[];
            /** Format: date-time */
            expires_at?: string;
            /** @description How often a day (UTC) the key may do an operation of /roles, such as create-lead; export-leads.rows counts what exports give away. */
            limits?: {
                [key: string]: number;
            };
            name: string;
            /**
             * Format: int64
             * @description Requests a second.
             */
            rate_limit?: number;
            /** @enum {string} */
            role: "admin" | "manager" | "content_creator" | "analyst" | "api_user";
            /** @description Areas of the API (leads), or one way of them (leads:read, leads:write). Left out: all that the role may. */
            scopes?: string[];
        };
        CreateConnectionInputBody: {
            allowed_domains?: string[];
            /**
             * Format: uuid
             * @description The admin who may still use a password. Default: who turns enforce on.
             */
            break_glass_user_id?: string;
            /** @description SAML: PEM, one each. */
            certificates?: string[];
            client_id?: string;
            /** @description Nobody can read it again. */
            client_secret?: string;
            /** @description manager, content_creator, analyst or api_user; never admin. Null: nobody is added. */
            default_role?: string | null;
            enabled?: boolean;
            /** @description Members sign in here and nowhere else. */
            enforce?: boolean;
            idp_initiated?: boolean;
            /** @description OIDC: exactly as the provider writes it. */
            issuer?: string;
            /** @enum {string} */
            kind: "oidc" | "saml";
            /** @description SAML: where it is; read once, now. */
            metadata_url?: string;
            /** @description SAML: the provider's description; fills in issuer, sso_url and certificates. */
            metadata_xml?: string;
            name: string;
            /** @description Its name in addresses, unique over all organisations. Default: a random one. */
            slug?: string;
            sso_url?: string;
        };
        CreatedAPIKey: {
            /** @description Networks that it may be used from; empty means everywhere. */
            allowed_addresses: string[];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string | null;
            /** Format: uuid */
            id: string;
            key_id: string;
            /**
             * Format: date-time
             * @description To the minute.
             */
            last_used_at: string | null;
            /** @description How often a day (UTC) it may do an operation. */
            limits: {
                [key: string]: number;
            };
            name: string;
            /**
             * Format: date-time
             * @description Until when the secret before the last rotation is good.
             */
            previous_secret_until: string | null;
            /**
             * Format: int64
             * @description Requests a second.
             */
            rate_limit: number | null;
            /** Format: date-time */
            revoked_at: string | null;
            /** @enum {string} */
            role: "admin" | "manager" | "content_creator" | "analyst" | "api_user";
            /** Format: date-time */
            rotated_at: string | null;
            scopes: string[];
            secret: string;
        };
        CreateInboundInputBody: {
            description?: string;
            /**
             * @default standard
             * @enum {string}
             */
            provider: "standard";
        };
        CreateViewInputBody: {
            default?: boolean;
            name: string;
            search: components["schemas"]["ViewSearch"];
            shared?: boolean;
        };
        Decision: {
            /** Format: uuid */
            action_id: string | null;
            /** Format: uuid */
            campaign_id: string | null;
            chosen: string;
            /** Format: date-time */
            decided_at: string;
            /** @description Rule set and version, model, or person. */
            decider: string;
            /** Format: uuid */
            id: string;
            inputs: unknown;
            kind: string;
            /** Format: uuid */
            lead_id: string | null;
            options: unknown;
            /** Format: float */
            probability: number;
            reason: string;
        };
        EnrolInputBody: {
            /** @description The keys of an audience; instead of lead_ids. */
            filter?: {
                [key: string]: unknown;
            };
            lead_ids?: string[];
        };
        Enrolment: {
            /** @description For a QR code. */
            otpauth_url: string;
            /** @description Base32, for typing. */
            secret: string;
        };
        FieldError: {
            /** @description Such as body.email, query.limit or path.id. */
            location: string;
            message: string;
        };
        Forecast: {
            /**
             * Format: int64
             * @description From today on.
             */
            days: number;
            items: components["schemas"]["ForecastItem"][];
            method: string;
        };
        ForecastItem: {
            /**
             * Format: double
             * @description Null when there is not enough data.
             */
            expected: number | null;
            /** Format: double */
            high: number | null;
            /**
             * Format: double
             * @description Of the interval of 90 %.
             */
            low: number | null;
            metric: string;
            /**
             * Format: int64
             * @description Days with mails that are still needed.
             */
            missing_days: number;
            not_enough_data: boolean;
            /**
             * Format: int64
             * @description Days with mails it stands on.
             */
            past_days: number;
        };
        FunnelAnswer: {
            /** Format: date-time */
            from: string;
            items: components["schemas"]["FunnelStage"][];
            /** Format: date-time */
            to: string;
        };
        FunnelStage: {
            /** Format: int64 */
            count: number;
            stage: string;
        };
        InboundSecret: {
            /** Format: date-time */
            created_at: string;
            description: string;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            last_received_at: string | null;
            /** @enum {string} */
            provider: "standard";
            /** @description whsec_ and base64. */
            secret: string;
            url: string;
        };
        IncidentNoteInputBody: {
            text: string;
        };
        Insight: {
            action: components["schemas"]["InsightAction"];
            /** Format: uuid */
            campaign_id?: string;
            /** @description Counts, rates, and the ends of the interval at the confidence. */
            evidence: {
                [key: string]: number;
            };
            kind: string;
            /**
             * Format: int64
             * @description Mails it stands on.
             */
            sample: number;
            /** Format: uuid */
            step_id?: string;
            text: string;
            title: string;
            /** Format: uuid */
            variant_id?: string;
            /** @enum {string} */
            weight: "act" | "look" | "shine";
        };
        InsightAction: {
            label: string;
            /** @enum {string} */
            place: "campaign" | "variants";
        };
        Insights: {
            /** Format: date-time */
            from: string;
            items: components["schemas"]["Insight"][];
            /** Format: date-time */
            to: string;
        };
        Invited: {
            /** Format: date-time */
            created_at: string;
            email: string;
            /** Format: uuid */
            id: string;
            invitation: components["schemas"]["OrgInvitation"];
            /** Format: date-time */
            invited_until: string | null;
            /** Format: date-time */
            last_signed_in_at: string | null;
            name: string;
            /** @enum {string} */
            role: "admin" | "manager" | "content_creator" | "analyst" | "api_user";
            /** @enum {string} */
            status: "invited" | "active";
            /** Format: int64 */
            version: number;
        };
        IsolateInputBody: {
            /** @enum {string} */
            kind: "user" | "key" | "organization";
            /**
             * Format: uuid
             * @description The user, or the id of the API key; left out for the organisation.
             */
            subject_id?: string;
        };
        Isolation: {
            /** Format: date-time */
            at: string;
            by: string;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            incident_id: string;
            /** @enum {string} */
            kind: "user" | "key" | "organization";
            /** Format: date-time */
            released_at: string | null;
            released_by: string;
            /** Format: uuid */
            subject_id: string;
        };
        JudgeAlertInputBody: {
            note?: string;
        };
        Launch: {
            audience: components["schemas"]["CampaignAudience"];
            counts: components["schemas"]["CampaignReach"];
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            launched_at: string;
            launched_by: string;
            steps: components["schemas"]["StepFields"][];
        };
        LaunchedCampaign: {
            ab_testing: boolean;
            ai: components["schemas"]["CampaignAI"];
            audience: components["schemas"]["CampaignAudience"];
            auto_optimize: boolean;
            budget: components["schemas"]["CampaignBudget"];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            end_at: string | null;
            goal: string;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            launched_at: string | null;
            /** Format: uuid */
            mailbox_id: string | null;
            metrics?: components["schemas"]["CampaignFigures"];
            name: string;
            paused_by?: string;
            /** Format: uuid */
            phone_number_id: string | null;
            preflight: components["schemas"]["CampaignVerdict"];
            schedule: components["schemas"]["CampaignSchedule"];
            /** Format: date-time */
            start_at: string | null;
            /** @enum {string} */
            status: "draft" | "running" | "paused" | "completed" | "archived";
            steps: components["schemas"]["StepFields"][];
            type: string;
            /** Format: date-time */
            updated_at: string;
            /** Format: int64 */
            version: number;
        };
        Lead: {
            company: string;
            /** Format: date-time */
            created_at: string;
            custom: {
                [key: string]: unknown;
            };
            email: string;
            /** @description The person's number in another system */
            external_id: string;
            first_name: string;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            import_id: string | null;
            last_name: string;
            /** @description E.164 */
            phone: string;
            /** @description State, province or country */
            region: string;
            /** Format: int64 */
            score: number;
            score_reasons: components["schemas"]["LeadReason"][];
            source: string;
            status: string;
            status_reason: string;
            tags: string[];
            /** @description IANA name; empty when unknown */
            timezone: string;
            title: string;
            /** Format: date-time */
            updated_at: string;
            /** Format: int64 */
            version: number;
        };
        LeadBulkResult: {
            /** Format: int64 */
            changed: number;
            /** Format: int64 */
            matched: number;
        };
        LeadColumn: {
            because: string;
            field: string;
            /** Format: int64 */
            filled: number;
            name: string;
        };
        LeadCompliance: {
            consents: components["schemas"]["ComplianceConsent"][];
            /** Format: uuid */
            lead_id: string;
            status: string;
            suppressions: components["schemas"]["ComplianceSuppression"][];
            /** @description Where the person may be; empty when nobody knows. */
            timezones: string[];
        };
        LeadConsent: {
            /** @enum {string} */
            channel: "email" | "call" | "sms" | "social";
            /** @description How and where it was given. */
            evidence?: string;
            /** Format: date-time */
            occurred_at?: string;
            purpose?: string;
            text_version?: string;
        };
        LeadContactable: {
            call: {
                [key: string]: number;
            };
            email: {
                [key: string]: number;
            };
        };
        LeadFields: {
            company?: string;
            consents?: components["schemas"]["LeadConsent"][];
            custom?: {
                [key: string]: unknown;
            };
            email?: string;
            /** @description Number of the person in another system. */
            external_id?: string;
            first_name?: string;
            last_name?: string;
            /** @description In any style; without a country code it is read as a US number. */
            phone?: string;
            /** @description State, province or country. */
            region?: string;
            source?: string;
            tags?: string[];
            /** @description IANA name. */
            timezone?: string;
            title?: string;
        };
        LeadFilter: {
            /** Format: uuid */
            campaign_id?: string;
            company?: string[];
            /** Format: date-time */
            created_after?: string;
            /** Format: uuid */
            import_id?: string;
            /** Format: int64 */
            max_score?: number;
            /** Format: int64 */
            min_score?: number;
            q?: string;
            source?: string[];
            status?: string[];
            tags?: string[];
        };
        LeadImport: {
            columns: components["schemas"]["LeadColumn"][];
            contactable: components["schemas"]["LeadContactable"];
            /** Format: date-time */
            created_at: string;
            dry_run: boolean;
            error?: string;
            /** Format: int64 */
            file_bytes: number;
            file_info: components["schemas"]["SheetInfo"];
            file_name: string;
            /** Format: date-time */
            finished_at: string | null;
            /**
             * Format: int64
             * @description 0 when the file has no header
             */
            header_row: number;
            /** Format: uuid */
            id: string;
            /** @description Column to field */
            mapping: {
                [key: string]: string;
            };
            preview?: components["schemas"]["LeadPreviewRow"][];
            /** @description Why rows failed or were skipped, with counts */
            reasons: {
                [key: string]: number;
            };
            /** Format: int64 */
            rows_created: number;
            /** Format: int64 */
            rows_done: number;
            /** Format: int64 */
            rows_failed: number;
            /** Format: int64 */
            rows_skipped: number;
            /** Format: int64 */
            rows_total: number;
            /** Format: int64 */
            rows_updated: number;
            /** Format: date-time */
            started_at: string | null;
            /** @enum {string} */
            state: "pending" | "running" | "done" | "failed" | "undoing" | "undone";
            undo?: components["schemas"]["LeadUndoReport"];
            update_existing: boolean;
        };
        LeadInteraction: {
            /** Format: uuid */
            action_id: string | null;
            /** @description Text of a reply or note */
            body?: string;
            /** Format: uuid */
            campaign_id: string | null;
            channel: string;
            data: unknown;
            /** @enum {string} */
            direction: "in" | "out" | "none";
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            lead_id: string;
            /** Format: date-time */
            occurred_at: string;
            type: string;
        };
        LeadPreviewRow: {
            column?: string;
            lead: {
                [key: string]: unknown;
            };
            /** @enum {string} */
            outcome: "created" | "updated" | "skipped" | "failed";
            raw: {
                [key: string]: string;
            };
            reason?: string;
            /** Format: int64 */
            row: number;
        };
        LeadReason: {
            code: string;
            /** Format: int64 */
            points: number;
            text: string;
        };
        LeadRowError: {
            /** @description Empty when the whole row is meant. */
            column: string;
            /** @enum {string} */
            outcome: "failed" | "skipped" | "warning";
            /** @description The row as it was, by column; of skipped rows nothing is kept. */
            raw: {
                [key: string]: string;
            };
            reason: string;
            /**
             * Format: int64
             * @description As a spreadsheet counts: the first line is 1.
             */
            row: number;
        };
        LeadUndoReport: {
            /** Format: int64 */
            deleted: number;
            /** Format: int64 */
            kept: number;
            kept_reasons: {
                [key: string]: number;
            };
            /** Format: int64 */
            updates_not_undone: number;
        };
        LedgerProof: {
            /** @description The signed statement: origin, size, root, time, signature. */
            checkpoint: string;
            /** @description The row's hash in hexadecimal. The leaf of the tree is SHA-256(0x00 | hash). */
            hash: string;
            /** @description Public key of the signature, in the form of golang.org/x/mod/sumdb/note. Compare it with rainmaker audit key. */
            key: string;
            /**
             * Format: int64
             * @description Place of the row among the rows of all organisations, from 0.
             */
            leaf: number;
            /** @description Hashes of the neighbours in hexadecimal, the lowest first (RFC 9162 2.1.3). */
            path: string[];
            /**
             * Format: int64
             * @description Rows under the checkpoint.
             */
            tree_size: number;
        };
        LinkInputBody: {
            /** @description Path to go to afterwards. */
            next?: string;
            /** @description Slug or id. */
            provider: string;
        };
        LinkOutputBody: {
            url: string;
        };
        LoginInputBody: {
            email: string;
            /**
             * Format: uuid
             * @description For members of several; else where they last signed in.
             */
            organization_id?: string;
            /** @description In place of a code; see /auth/login/passkey/options. */
            passkey?: components["schemas"]["PasskeyAnswer"];
            password: string;
            /** @description Of the authenticator app, or a recovery code. Asked for with code mfa_required. */
            totp_code?: string;
        };
        LogoutInputBody: {
            refresh_token?: string;
        };
        Mailbox: {
            /** Format: int64 */
            connections: number;
            /** Format: date-time */
            created_at: string;
            /** Format: int64 */
            daily_limit: number | null;
            dkim: components["schemas"]["MailboxSignedBy"] | null;
            from_address: string;
            from_name: string;
            /** Format: uuid */
            id: string;
            imap: components["schemas"]["MailboxInbox"] | null;
            /** @description Why it could not send the last time; empty when it could. */
            last_error: string;
            /** Format: double */
            rate_per_second: number | null;
            reply_to: string;
            smtp: components["schemas"]["MailboxServer"];
            /** @enum {string} */
            state: "active" | "paused" | "archived";
            /** Format: date-time */
            updated_at: string;
            /** Format: int64 */
            version: number;
        };
        MailboxDKIM: {
            domain?: string;
            /** @description PEM, RSA or Ed25519. */
            private_key?: string;
            selector: string;
        };
        MailboxFields: {
            /** Format: int64 */
            connections?: number;
            /** Format: int64 */
            daily_limit?: number | null;
            dkim?: components["schemas"]["MailboxDKIM"];
            from_address?: string;
            from_name?: string;
            imap?: {
                host: string;
                password?: string;
                /** Format: int64 */
                port: number;
                /**
                 * @default tls
                 * @enum {string}
                 */
                tls: "none" | "starttls" | "tls";
                username: string;
            } | null;
            /** Format: double */
            rate_per_second?: number | null;
            reply_to?: string | null;
            smtp?: components["schemas"]["MailboxSMTP"];
            /** @enum {string} */
            state?: "active" | "paused";
        };
        MailboxInbox: {
            /**
             * Format: date-time
             * @description The last reading that came to its end.
             */
            checked_at: string | null;
            host: string;
            /** @description Why the last one did not; empty when it did. */
            last_error: string;
            /** Format: int64 */
            port: number;
            /** @enum {string} */
            tls: "none" | "starttls" | "tls";
            username: string;
        };
        MailboxServer: {
            host: string;
            /** Format: int64 */
            port: number;
            /** @enum {string} */
            tls: "none" | "starttls" | "tls";
            username: string;
        };
        MailboxSignedBy: {
            domain: string;
            selector: string;
        };
        MailboxSMTP: {
            host: string;
            password?: string;
            /** Format: int64 */
            port: number;
            /**
             * @default starttls
             * @enum {string}
             */
            tls: "none" | "starttls" | "tls";
            username?: string;
        };
        MailboxTest: {
            /** Format: int64 */
            code?: number;
            /** @description What the server said, or why it could not be reached. */
            message: string;
            ok: boolean;
            /** @description How far it got: dial, greeting, starttls, auth, mail, rcpt, data, body, dot; of the inbox: imap_dial, imap_login, imap_select. */
            phase?: string;
        };
        Matrix: {
            operations: components["schemas"]["MatrixRow"][];
            /** @description Who sees e-mail, phone, notes and private fields in clear; others see them masked. */
            personal_data: string[];
            roles: string[];
        };
        MatrixRow: {
            /** @description Who may write each field. */
            field_roles: {
                [key: string]: string[];
            };
            /** @description Fields of the body that the operation may write. */
            fields: string[];
            method: string;
            operation: string;
            path: string;
            /** @description Needs no sign-in. */
            public: boolean;
            roles: string[];
        };
        Me: {
            key_id?: string;
            /** @description The organisation asks for a second factor and the person has none: until one is set up, all else is refused with 403 and code mfa_setup_required. */
            mfa_setup_required: boolean;
            /** @description What the role may do; see /roles. */
            operations: string[];
            organization: components["schemas"]["Organization"];
            /** @enum {string} */
            role: "admin" | "manager" | "content_creator" | "analyst" | "api_user";
            /**
             * Format: int64
             * @description Newest event when this was answered: a stream opened with after=seq misses nothing that came later. 0: not known.
             */
            seq: number;
            /** @description Null for API keys. */
            user: components["schemas"]["Person"] | null;
            /** @enum {string} */
            via: "session" | "token" | "api_key" | "signed";
        };
        MfaState: {
            /**
             * Format: int64
             * @description How many there are.
             */
            passkeys: number;
            /**
             * Format: int64
             * @description How many are left.
             */
            recovery_codes: number;
            /** @description A sign-in with the password asks for more. */
            required: boolean;
            /** @description An authenticator app is on. */
            totp: boolean;
            /** Format: date-time */
            totp_since: string | null;
        };
        Money: {
            /**
             * Format: int64
             * @description Amount in the smallest unit of the currency (cents).
             */
            amount_minor: number;
            /** @description ISO 4217 code. */
            currency: string;
        };
        OpenIncidentInputBody: {
            /** @description Alerts that it began with; they are copied into the timeline. */
            alert_ids?: string[];
            note?: string;
            /**
             * @default medium
             * @enum {string}
             */
            severity: "low" | "medium" | "high";
            title: string;
        };
        Organization: {
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            name: string;
            /**
             * Format: date-time
             * @description While set, nothing leaves.
             */
            paused_at: string | null;
            /** @description Printed under every mail (15 U.S.C. 7704(a)(5)); without it no campaign can start. */
            postal_address: components["schemas"]["OrgPostalAddress"] | null;
            /** @description Members without a second factor can do nothing but set one up. */
            require_mfa: boolean;
            revenue_goal: components["schemas"]["Money"] | null;
            settings: unknown;
            /** @description IANA name. */
            timezone: string;
            /** Format: date-time */
            updated_at: string;
            /** Format: int64 */
            version: number;
        };
        OrgAuditEntry: {
            /** @description Past tense, such as member.added. */
            action: string;
            /** @description user:<id>, key:<id> or system:<name>. */
            actor: string;
            /** Format: date-time */
            at: string;
            data: unknown;
            /** @description SHA-256 in hexadecimal over the entry, its place and the hash of the entry before; empty until it is sealed. */
            hash: string;
            /** Format: uuid */
            id: string;
            /**
             * Format: int64
             * @description Number in the organisation's chain, from 1 and without gaps; null for the second or so until the entry is sealed.
             */
            seq: number | null;
            /** @description kind:<id>, may be empty. */
            target: string;
        };
        OrgInvitation: {
            /** Format: date-time */
            expires_at: string;
            token: string;
        };
        OrgMember: {
            /** Format: date-time */
            created_at: string;
            email: string;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            invited_until: string | null;
            /** Format: date-time */
            last_signed_in_at: string | null;
            name: string;
            /** @enum {string} */
            role: "admin" | "manager" | "content_creator" | "analyst" | "api_user";
            /** @enum {string} */
            status: "invited" | "active";
            /** Format: int64 */
            version: number;
        };
        OrgPostalAddress: {
            city: string;
            /** @description ISO 3166-1 alpha-2 code. */
            country: string;
            line1: string;
            line2?: string;
            postal_code: string;
            /** @description State or province. */
            region: string;
        };
        PageAction: {
            items: components["schemas"]["Action"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageActivityLine: {
            items: components["schemas"]["ActivityLine"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageAuthAPIKey: {
            items: components["schemas"]["AuthAPIKey"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageAuthSession: {
            items: components["schemas"]["AuthSession"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageCampaign: {
            items: components["schemas"]["Campaign"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageCampaignCandidate: {
            items: components["schemas"]["CampaignCandidate"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageCampaignEnrolment: {
            items: components["schemas"]["CampaignEnrolment"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageComplianceSuppression: {
            items: components["schemas"]["ComplianceSuppression"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageConversationReply: {
            items: components["schemas"]["ConversationReply"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageDecision: {
            items: components["schemas"]["Decision"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageLaunch: {
            items: components["schemas"]["Launch"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageLead: {
            items: components["schemas"]["Lead"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageLeadImport: {
            items: components["schemas"]["LeadImport"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageLeadInteraction: {
            items: components["schemas"]["LeadInteraction"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageLeadRowError: {
            items: components["schemas"]["LeadRowError"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageMailbox: {
            items: components["schemas"]["Mailbox"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageOrgAuditEntry: {
            items: components["schemas"]["OrgAuditEntry"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageOrgMember: {
            items: components["schemas"]["OrgMember"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PagePasskey: {
            items: components["schemas"]["Passkey"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PagePrivacyAccess: {
            items: components["schemas"]["PrivacyAccess"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageShare: {
            items: components["schemas"]["Share"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageSsoChoice: {
            items: components["schemas"]["SsoChoice"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageSsoConnection: {
            items: components["schemas"]["SsoConnection"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageSsoIdentity: {
            items: components["schemas"]["SsoIdentity"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageTask: {
            items: components["schemas"]["Task"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageView: {
            items: components["schemas"]["View"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageWatchAlert: {
            items: components["schemas"]["WatchAlert"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageWatchIncident: {
            items: components["schemas"]["WatchIncident"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageWebhookDelivery: {
            items: components["schemas"]["WebhookDelivery"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageWebhookEndpoint: {
            items: components["schemas"]["WebhookEndpoint"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageWebhookInbound: {
            items: components["schemas"]["WebhookInbound"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        PageWebhookReceived: {
            items: components["schemas"]["WebhookReceived"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
            /**
             * Format: int64
             * @description Only with count=true.
             */
            total?: number;
        };
        Passkey: {
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            last_used_at: string | null;
            name: string;
            /** @description The authenticator copies it to the person's other devices. */
            synced: boolean;
        };
        PasskeyAnswer: {
            /** @description Of the options. */
            ceremony: string;
            /** @description PublicKeyCredential.toJSON(). */
            credential: {
                [key: string]: unknown;
            };
        };
        PasskeyCeremony: {
            ceremony: string;
            /** @description For navigator.credentials, in the form of PublicKeyCredential.parseCreationOptionsFromJSON or parseRequestOptionsFromJSON. */
            options: unknown;
        };
        PasskeyLoginInputBody: {
            /** @description Of the options. */
            ceremony: string;
            /** @description PublicKeyCredential.toJSON(). */
            credential: {
                [key: string]: unknown;
            };
            /**
             * Format: uuid
             * @description For members of several; else where they last signed in.
             */
            organization_id?: string;
        };
        Person: {
            email: string;
            /** Format: uuid */
            id: string;
            name: string;
            /** @enum {string} */
            role: "admin" | "manager" | "content_creator" | "analyst" | "api_user";
        };
        Previewed: {
            steps: components["schemas"]["CampaignStepPreview"][];
            /** @description Whether this person could be contacted now, and by which rule. */
            verdict: components["schemas"]["CampaignPersonVerdict"];
        };
        PreviewInputBody: {
            /** Format: uuid */
            lead_id: string;
        };
        PrivacyAccess: {
            /** @description user:<id> or key:<id>. */
            actor: string;
            /** Format: date-time */
            at: string;
            /**
             * Format: int64
             * @description Values shown.
             */
            count: number;
            /** @description Names of the fields that were shown. */
            fields: string[];
            /** Format: uuid */
            id: string;
            /** @description Of the API, such as list-leads. */
            operation: string;
            request_id: string;
            role: string;
            /** @description Whose data it was: leads, or what the operation lists. */
            subjects: string[];
        };
        Problem: {
            /** @description Stable name of the error for programs, such as mfa_required. */
            code: string;
            detail?: string;
            errors?: components["schemas"]["FieldError"][];
            request_id?: string;
            /** Format: int64 */
            status: number;
            title: string;
            /** @description Always about:blank; code says more. */
            type: string;
        };
        Proof: {
            /** @description In place of a code; see /auth/login/passkey/options. */
            passkey?: components["schemas"]["PasskeyAnswer"];
            password?: string;
            /** @description Of the authenticator app, or a recovery code. Asked for with code mfa_required. */
            totp_code?: string;
        };
        RecallReport: {
            /** Format: int64 */
            kept: number;
            /** @description contacted: something reached them or may have; started: a step of theirs is behind them. */
            kept_reasons: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description People who are out of the campaign again.
             */
            withdrawn: number;
        };
        Recovery: {
            recovery_codes: string[];
        };
        RefreshInputBody: {
            refresh_token: string;
        };
        ReleaseInputBody: {
            /** Format: uuid */
            isolation_id: string;
        };
        RenamePasskeyInputBody: {
            name: string;
        };
        ResetAccepted: {
            /** @enum {string} */
            status: "accepted";
        };
        ResetInputBody: {
            /** @description In place of a code; see /auth/login/passkey/options. */
            passkey?: components["schemas"]["PasskeyAnswer"];
            /** @description 8 to 256 characters, not a common one. */
            password: string;
            token: string;
            /** @description Of the authenticator app, or a recovery code. Asked for with code mfa_required. */
            totp_code?: string;
        };
        ResetRequestInputBody: {
            email: string;
        };
        RewordActionInputBody: {
            body: string;
            subject: string;
        };
        RotateAPIKeyInputBody: {
            /**
             * Format: int64
             * @description How long the old secret stays good; 24 when left out.
             */
            overlap_hours?: number;
        };
        RotateWebhookInputBody: {
            /**
             * Format: int64
             * @default 24
             */
            overlap_hours: number;
        };
        SampleChange: {
            /** Format: int64 */
            leads: number;
        };
        Share: {
            /** Format: date-time */
            created_at: string;
            created_by: string;
            /** Format: date-time */
            expires_at: string;
            from: string;
            /** Format: uuid */
            id: string;
            /** @description Of the page on this host. Told once, when the link is made. */
            path?: string;
            /** Format: date-time */
            revoked_at: string | null;
            /**
             * Format: int64
             * @description How often it was opened.
             */
            seen: number;
            title: string;
            to: string;
        };
        SharedCampaign: {
            metrics: {
                [key: string]: number;
            };
            name: string;
        };
        SharedDay: {
            day: string;
            metrics: {
                [key: string]: number;
            };
        };
        SharedReport: {
            campaigns: components["schemas"]["SharedCampaign"][];
            currency: string;
            /** @description Days on which nothing happened are left out. */
            days: components["schemas"]["SharedDay"][];
            /** Format: date-time */
            expires_at: string;
            /** Format: date-time */
            from: string;
            timezone: string;
            title: string;
            /** Format: date-time */
            to: string;
            totals: {
                [key: string]: number;
            };
        };
        ShareInputBody: {
            currency?: string;
            /**
             * Format: int64
             * @description How long the link is good.
             * @default 7
             */
            days: number;
            /** @description As in GET /analytics; the link keeps showing this time. */
            from?: string;
            timezone?: string;
            title: string;
            to?: string;
        };
        SheetInfo: {
            delimiter?: string;
            encoding?: string;
            format: string;
            sheet?: string;
            /** Format: int64 */
            unwrapped?: number;
        };
        Shown: {
            subject: string;
            text: string;
        };
        SignedIn: {
            access_token: string;
            /**
             * Format: int64
             * @description Of the access token, in seconds.
             */
            expires_in: number;
            organization: components["schemas"]["Organization"];
            refresh_token: string;
            /** @enum {string} */
            token_type: "Bearer";
            user: components["schemas"]["Person"];
        };
        SignupInputBody: {
            email: string;
            name: string;
            organization_name: string;
            /** @description 8 to 256 characters, not a common one. */
            password: string;
        };
        SsoChoice: {
            /** @enum {string} */
            kind: "oidc" | "saml";
            name: string;
            slug: string;
            start_url: string;
        };
        SsoConnection: {
            /** @description SAML: to be entered at the provider, with metadata_url as entity id. */
            acs_url: string;
            /** @description Domains of e-mail addresses that may come; empty: any, but then nobody is added. */
            allowed_domains: string[];
            /**
             * Format: uuid
             * @description The admin who may still use a password.
             */
            break_glass_user_id: string | null;
            /** @description SAML: what signs assertions, PEM. */
            certificates: string[];
            client_id: string;
            client_secret_set: boolean;
            /** Format: date-time */
            created_at: string;
            /** @description Role of people who come for the first time; null: nobody is added. */
            default_role: string | null;
            enabled: boolean;
            /** @description Members sign in here and nowhere else. */
            enforce: boolean;
            /** Format: uuid */
            id: string;
            /** @description SAML: answers that nobody asked for are taken. */
            idp_initiated: boolean;
            /** @description OIDC: the issuer. SAML: the entity id of the provider. */
            issuer: string;
            /** @enum {string} */
            kind: "oidc" | "saml";
            /** @description SAML: our entity id and metadata. */
            metadata_url: string;
            name: string;
            /** @description OIDC: to be entered at the provider. */
            redirect_url: string;
            /** @description Its name in addresses. */
            slug: string;
            /** @description SAML: where the provider takes requests (HTTP-Redirect). */
            sso_url: string;
            /** @description Where people begin. */
            start_url: string;
            /** Format: date-time */
            updated_at: string;
            /** Format: int64 */
            version: number;
        };
        SsoIdentity: {
            /**
             * Format: uuid
             * @description Null: the installation's own provider.
             */
            connection_id: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "oidc" | "saml";
            /** Format: date-time */
            last_used_at: string | null;
            /** @description Name of the provider. */
            provider: string;
        };
        SsoTrial: {
            /** @description Why, in words. */
            detail: string;
            /** @description What is wrong, such as issuer; empty when nothing is. */
            field: string;
            ready: boolean;
        };
        StepFields: {
            /** @enum {string} */
            channel: "email" | "call" | "social" | "task";
            /**
             * @description Counted from the previous step: 0s, 72h, 3d.
             * @default 0s
             */
            delay: string;
            /** Format: uuid */
            id?: string;
            variants: components["schemas"]["VariantFields"][];
            when?: components["schemas"]["CampaignCondition"];
        };
        StepMetrics: {
            metrics: {
                [key: string]: number;
            };
            /** Format: uuid */
            step_id: string;
        };
        Task: {
            /** Format: uuid */
            assignee_id: string | null;
            body: string;
            /** Format: uuid */
            campaign_id: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            done_at: string | null;
            /** Format: date-time */
            due_at: string | null;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            lead_id: string;
            title: string;
        };
        TestSendInputBody: {
            /**
             * Format: uuid
             * @description Whose values fill the merge fields.
             */
            lead_id?: string;
            /** Format: uuid */
            variant_id: string;
        };
        TestSent: {
            /** Format: uuid */
            action_id: string;
            /** @enum {string} */
            state: "proposed" | "queued" | "claimed" | "sending" | "done" | "failed" | "in_doubt" | "refused" | "abandoned";
            to: string;
        };
        UndoEnrolmentInputBody: {
            /**
             * Format: uuid
             * @description From the answer of the enrolment.
             */
            batch_id: string;
        };
        UpdateConnectionInputBody: {
            allowed_domains?: string[];
            /**
             * Format: uuid
             * @description The admin who may still use a password. Default: who turns enforce on.
             */
            break_glass_user_id?: string;
            /** @description SAML: PEM, one each. */
            certificates?: string[];
            client_id?: string;
            /** @description Nobody can read it again. */
            client_secret?: string;
            /** @description manager, content_creator, analyst or api_user; never admin. Null: nobody is added. */
            default_role?: string | null;
            enabled?: boolean;
            /** @description Members sign in here and nowhere else. */
            enforce?: boolean;
            idp_initiated?: boolean;
            /** @description OIDC: exactly as the provider writes it. */
            issuer?: string;
            /** @description SAML: where it is; read once, now. */
            metadata_url?: string;
            /** @description SAML: the provider's description; fills in issuer, sso_url and certificates. */
            metadata_xml?: string;
            name?: string;
            /** @description Its name in addresses, unique over all organisations. Default: a random one. */
            slug?: string;
            sso_url?: string;
        };
        UpdateLeadInputBody: {
            company?: string | null;
            custom?: {
                [key: string]: unknown;
            };
            email?: string | null;
            external_id?: string | null;
            first_name?: string | null;
            last_name?: string | null;
            phone?: string | null;
            region?: string | null;
            source?: string | null;
            /** @enum {string} */
            status?: "new" | "active" | "engaged" | "qualified" | "meeting_booked" | "customer" | "cold" | "unsubscribed" | "invalid";
            tags?: string[] | null;
            timezone?: string | null;
            title?: string | null;
        };
        UpdateMemberInputBody: {
            /** @enum {string} */
            role: "admin" | "manager" | "content_creator" | "analyst" | "api_user";
        };
        UpdateOrganizationInputBody: {
            name?: string;
            postal_address?: components["schemas"]["OrgPostalAddress"];
            /** @description Members without a second factor can do nothing but set one up. Identity providers must say that they asked for one. */
            require_mfa?: boolean;
            /** @description Null removes it. */
            revenue_goal?: {
                /**
                 * Format: int64
                 * @description Amount in the smallest unit of the currency (cents).
                 */
                amount_minor: number;
                /** @description ISO 4217 code. */
                currency: string;
            } | null;
            settings?: {
                [key: string]: unknown;
            };
            /** @description IANA name. */
            timezone?: string;
        };
        UpdateTaskInputBody: {
            done: boolean;
        };
        UpdateViewInputBody: {
            default?: boolean;
            name?: string;
            search?: components["schemas"]["ViewSearch"];
            shared?: boolean;
        };
        UpdateWebhookInputBody: {
            description?: string;
            /** @description Types such as lead.created, families such as lead.*, or * for all. */
            events?: string[];
            /** @enum {string} */
            state?: "active" | "disabled";
            /** Format: uri */
            url?: string;
        };
        VariantComparison: {
            /** Format: double */
            confidence: number;
            /**
             * Format: double
             * @description first_rate - second_rate
             */
            difference: number;
            /** Format: uuid */
            first: string;
            /**
             * Format: double
             * @description Answers by people per mail.
             */
            first_rate: number;
            /** Format: double */
            high: number;
            /**
             * Format: double
             * @description Of the difference, at the confidence.
             */
            low: number;
            /** Format: uuid */
            second: string;
            /** Format: double */
            second_rate: number;
            /** Format: uuid */
            step_id: string;
            /** @enum {string} */
            verdict: "not_enough_data" | "no_difference_shown" | "first_better" | "second_better";
        };
        VariantFields: {
            /** @description Text with light markup and merge fields: {{first_name | there}}. */
            body?: string;
            /** Format: uuid */
            id?: string;
            name?: string;
            prompt?: string;
            script?: string;
            subject?: string;
            /**
             * Format: int64
             * @description Share of the traffic; 100 when left out.
             */
            weight?: number;
        };
        VariantMetrics: {
            metrics: {
                [key: string]: number;
            };
            /** Format: uuid */
            step_id: string;
            /** Format: uuid */
            variant_id: string;
        };
        View: {
            /** Format: date-time */
            created_at: string;
            created_by: string;
            /** @description Its owner's list opens with it. */
            default: boolean;
            /** Format: uuid */
            id: string;
            mine: boolean;
            name: string;
            search: components["schemas"]["ViewSearch"];
            /** @description Everybody in the organisation sees it. */
            shared: boolean;
        };
        ViewSearch: {
            campaign?: string;
            /** @description Comma-separated, in the order of the table. */
            columns?: string;
            /** Format: int64 */
            min_score?: number;
            /** @description Never an address: those are refused. */
            q?: string;
            sort?: string;
            status?: string;
        };
        WatchAlert: {
            /** @description user:<id> or key:<id>; empty when it is not one alone. */
            actor: string;
            /** @description The signal, how often, in which time, and what is too often. */
            evidence: unknown;
            /** Format: date-time */
            first_at: string;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            judged_at: string | null;
            judged_by: string;
            /** @description failed_sign_ins, mfa_failures, token_reused, denied_access, request_flood, export_volume, off_hours_access. */
            kind: string;
            /** Format: date-time */
            last_at: string;
            note: string;
            /** @enum {string} */
            severity: "low" | "medium" | "high";
            /** @enum {string} */
            state: "open" | "acknowledged" | "closed";
        };
        WatchDossier: {
            /** Format: date-time */
            closed_at: string | null;
            /** Format: uuid */
            id: string;
            isolations: components["schemas"]["Isolation"][];
            /** Format: date-time */
            opened_at: string;
            opened_by: string;
            /** @enum {string} */
            severity: "low" | "medium" | "high";
            /** @enum {string} */
            state: "detection" | "analysis" | "containment" | "eradication" | "recovery" | "post_incident" | "closed";
            timeline: components["schemas"]["WatchEntry"][];
            title: string;
            /** Format: int64 */
            version: number;
        };
        WatchEntry: {
            actor: string;
            /** Format: date-time */
            at: string;
            data: unknown;
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "alert" | "note" | "state" | "isolated" | "released";
            text: string;
        };
        WatchEvidence: {
            audit: components["schemas"]["OrgAuditEntry"][];
            /** Format: date-time */
            closed_at: string | null;
            /** Format: date-time */
            exported_at: string;
            /** Format: uuid */
            id: string;
            isolations: components["schemas"]["Isolation"][];
            /** Format: date-time */
            opened_at: string;
            opened_by: string;
            /** @enum {string} */
            severity: "low" | "medium" | "high";
            /** @enum {string} */
            state: "detection" | "analysis" | "containment" | "eradication" | "recovery" | "post_incident" | "closed";
            timeline: components["schemas"]["WatchEntry"][];
            title: string;
            /** Format: int64 */
            version: number;
        };
        WatchIncident: {
            /** Format: date-time */
            closed_at: string | null;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            opened_at: string;
            opened_by: string;
            /** @enum {string} */
            severity: "low" | "medium" | "high";
            /** @enum {string} */
            state: "detection" | "analysis" | "containment" | "eradication" | "recovery" | "post_incident" | "closed";
            title: string;
            /** Format: int64 */
            version: number;
        };
        WebhookDelivery: {
            /** @description The beginning of the last answer, or why there was none. */
            answer: string;
            /** Format: int64 */
            attempts: number;
            /** Format: date-time */
            created_at: string;
            /** Format: int64 */
            duration_ms: number | null;
            /** Format: uuid */
            endpoint_id: string;
            /**
             * Format: uuid
             * @description The webhook-id header; the same in every attempt.
             */
            event_id: string;
            event_type: string;
            /** Format: uuid */
            id: string;
            /**
             * Format: date-time
             * @description Null when there is none.
             */
            next_attempt_at: string | null;
            payload: unknown;
            /** @enum {string} */
            state: "pending" | "delivered" | "failed";
            /**
             * Format: int64
             * @description HTTP status of the last answer; null when there was none.
             */
            status: number | null;
            /** Format: date-time */
            tried_at: string | null;
        };
        WebhookEndpoint: {
            /** Format: date-time */
            created_at: string;
            description: string;
            /** @description Empty while it is active. */
            disabled_because: string;
            /** @description Types such as lead.created, families such as lead.*, or * for all. */
            events: string[];
            /**
             * Format: date-time
             * @description Since when nothing got through; null while it works.
             */
            failing_since: string | null;
            /** Format: uuid */
            id: string;
            /**
             * Format: date-time
             * @description Until when the secret before the rotation signs too.
             */
            old_secret_until: string | null;
            /** @enum {string} */
            state: "active" | "disabled";
            /** Format: date-time */
            updated_at: string;
            /** Format: uri */
            url: string;
            /** Format: int64 */
            version: number;
        };
        WebhookFields: {
            description?: string;
            /** @description Types such as lead.created, families such as lead.*, or * for all. */
            events?: string[];
            /** Format: uri */
            url?: string;
        };
        WebhookInbound: {
            /** Format: date-time */
            created_at: string;
            description: string;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            last_received_at: string | null;
            /** @enum {string} */
            provider: "standard";
        };
        WebhookReceived: {
            /** Format: date-time */
            acted_at: string | null;
            event_id: string;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            received_at: string;
            /** @description What was done, or why nothing was. */
            result: string;
            /** @enum {string} */
            state: "received" | "done" | "failed";
            type: string;
        };
        WebhookSecret: {
            /** Format: date-time */
            created_at: string;
            description: string;
            /** @description Empty while it is active. */
            disabled_because: string;
            /** @description Types such as lead.created, families such as lead.*, or * for all. */
            events: string[];
            /**
             * Format: date-time
             * @description Since when nothing got through; null while it works.
             */
            failing_since: string | null;
            /** Format: uuid */
            id: string;
            /**
             * Format: date-time
             * @description Until when the secret before the rotation signs too.
             */
            old_secret_until: string | null;
            /** @description whsec_ and base64. */
            secret: string;
            /** @enum {string} */
            state: "active" | "disabled";
            /** Format: date-time */
            updated_at: string;
            /** Format: uri */
            url: string;
            /** Format: int64 */
            version: number;
        };
        Writer: {
            /** @description The default first. */
            models: string[];
            offline: boolean;
        };
        WriterStatus: {
            /** @description In words; empty when no call has failed. */
            last_error: string;
            /** Format: date-time */
            last_error_at: string | null;
            /** Format: date-time */
            last_success_at: string | null;
            model: string;
            /** Format: int64 */
            month_calls: number;
            /** @description Rounded up to a cent. */
            month_cost: components["schemas"]["Money"];
            /** Format: int64 */
            month_failed: number;
            /**
             * Format: int64
             * @description Texts that templates wrote.
             */
            month_offline: number;
            /**
             * Format: int64
             * @description Calls whose cost is not known; not in month_cost.
             */
            month_unknown_cost: number;
            /** @description No model is configured: words come from templates. */
            offline: boolean;
            /** @description Of the default model; empty when offline. */
            provider: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "list-access-log": {
        parameters: {
            query?: {
                /** @description Such as user:<id>. */
                actor?: string;
                /** @description next_cursor of the page before. */
                cursor?: string;
                /** @description Not before. */
                from?: string;
                /** @description Whose data. */
                lead_id?: string;
                limit?: number;
                /** @description Such as list-leads. */
                operation?: string;
                /** @description Before. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PagePrivacyAccess"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-actions": {
        parameters: {
            query?: {
                campaign_id?: string;
                /** @description next_cursor of the page before. */
                cursor?: string;
                kind?: string;
                lead_id?: string;
                limit?: number;
                state?: "proposed" | "queued" | "claimed" | "sending" | "done" | "failed" | "in_doubt" | "refused" | "abandoned";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageAction"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-action": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Action"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "abandon-action": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Action"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "approve-action": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Action"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-action-message": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActionMessage"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "reword-action": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RewordActionInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActionMessage"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "reject-action": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Action"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "release-action": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Action"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-waiting": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActionWaiting"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-activity": {
        parameters: {
            query?: {
                /** @description Only what came after this seq. */
                after?: number;
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageActivityLine"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-alerts": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
                state?: "open" | "acknowledged" | "closed";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageWatchAlert"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "acknowledge-alert": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["JudgeAlertInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatchAlert"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "close-alert": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["JudgeAlertInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatchAlert"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "query-analytics": {
        parameters: {
            query?: {
                /** @description Only these campaigns. */
                campaign_id?: string[];
                /** @description Of revenue and spend; USD by default. */
                currency?: string;
                /** @description RFC 3339 time or date; 29 days before to by default. */
                from?: string;
                /** @description Comma-separated: campaign, step, variant, channel, day, hour. */
                group_by?: string[];
                /** @description Comma-separated; all by default. */
                metrics?: string[];
                /** @description IANA zone of dates and days; UTC by default. */
                timezone?: string;
                /** @description RFC 3339 time, exclusive, or date, inclusive; now by default. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnalyticsAnswer"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-forecast": {
        parameters: {
            query?: {
                days?: number;
                /** @description IANA zone of days; UTC by default. */
                timezone?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Forecast"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-funnel": {
        parameters: {
            query?: {
                /** @description Of revenue and spend; USD by default. */
                currency?: string;
                /** @description RFC 3339 time or date; 29 days before to by default. */
                from?: string;
                /** @description IANA zone of dates and days; UTC by default. */
                timezone?: string;
                /** @description RFC 3339 time, exclusive, or date, inclusive; now by default. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FunnelAnswer"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-insights": {
        parameters: {
            query?: {
                /** @description Of revenue and spend; USD by default. */
                currency?: string;
                /** @description RFC 3339 time or date; 29 days before to by default. */
                from?: string;
                /** @description IANA zone of dates and days; UTC by default. */
                timezone?: string;
                /** @description RFC 3339 time, exclusive, or date, inclusive; now by default. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Insights"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-api-keys": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageAuthAPIKey"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-api-key": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateAPIKeyInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedAPIKey"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-api-key": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuthAPIKey"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "revoke-api-key": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "rotate-api-key": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RotateAPIKeyInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedAPIKey"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-audit-log": {
        parameters: {
            query?: {
                /** @description Such as member.added. */
                action?: string;
                /** @description Such as user:<id>. */
                actor?: string;
                /** @description next_cursor of the page before. */
                cursor?: string;
                /** @description Not before. */
                from?: string;
                limit?: number;
                /** @description Such as lead:<id>. */
                target?: string;
                /** @description Before. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageOrgAuditEntry"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "prove-audit-entry": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LedgerProof"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "export-audit-log": {
        parameters: {
            query?: {
                /** @description Such as member.added. */
                action?: string;
                /** @description Such as user:<id>. */
                actor?: string;
                /** @description Not before. */
                from?: string;
                /** @description Such as lead:<id>. */
                target?: string;
                /** @description Before. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One row an entry, the newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "accept-invitation": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcceptInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedIn"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-identities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageSsoIdentity"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "unlink-identity": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "link-identity": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LinkInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LinkOutputBody"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedIn"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "login-with-passkey": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasskeyLoginInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedIn"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "begin-passkey-login": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyCeremony"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["LogoutInputBody"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    "Clear-Site-Data"?: string;
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-mfa": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MfaState"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "renew-recovery-codes": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recovery"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "enrol-totp": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Enrolment"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "confirm-totp": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConfirmTOTPInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recovery"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "disable-totp": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Proof"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-passkeys": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PagePasskey"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "add-passkey": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddPasskeyInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddedPasskey"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "remove-passkey": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "rename-passkey": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RenamePasskeyInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Passkey"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "begin-passkey": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyCeremony"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "change-password": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangePasswordInputBody"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "request-password-reset": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResetRequestInputBody"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResetAccepted"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "confirm-password-reset": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResetInputBody"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-sign-in-providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageSsoChoice"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    refresh: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedIn"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-sessions": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageAuthSession"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "end-other-sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "end-session": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    signup: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignupInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedIn"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "verify-session": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Proof"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-campaigns": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
                status?: "draft" | "running" | "paused" | "completed" | "archived";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageCampaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-campaign": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CampaignFields"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-campaign": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "delete-campaign": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "update-campaign": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
                /** @description ETag of the version that the change is based on; 412 if there is a newer one. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CampaignFields"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "archive-campaign": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-campaign-audience": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
                /** @description allowed, zone_unknown, or a rule of the gate's verdict; any when left out. */
                rule?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageCampaignCandidate"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "copy-campaign": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "enrol-leads": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EnrolInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignEnrolled"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "undo-enrolment": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UndoEnrolmentInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecallReport"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-campaign-enrolments": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
                state?: "active" | "waiting" | "finished" | "stopped";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageCampaignEnrolment"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "launch-campaign": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LaunchedCampaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-campaign-launches": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageLaunch"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-campaign-metrics": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignReport"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-campaign-outlook": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignOutlook"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "pause-campaign": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "preflight-campaign": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CampaignVerdict"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "preview-campaign": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreviewInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Previewed"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "resume-campaign": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "test-campaign-mail": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TestSendInputBody"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestSent"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-campaign-mail": {
        parameters: {
            query?: {
                /** @description Whose values fill the merge fields; nobody's when left out. */
                lead_id?: string;
                part?: "html" | "text";
                /** @description dark shows it as mail programs do that darken mails. */
                theme?: "light" | "dark";
            };
            header?: never;
            path: {
                id: string;
                variant_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The mail. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "ship-campaign-variant": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
                /** @description ETag of the version that the change is based on; 412 if there is a newer one. */
                "If-Match"?: string;
            };
            path: {
                id: string;
                variant_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "add-consent": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddConsentInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ComplianceConsent"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-decisions": {
        parameters: {
            query?: {
                campaign_id?: string;
                /** @description next_cursor of the page before. */
                cursor?: string;
                lead_id?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDecision"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-imports": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageLeadImport"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-import": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LeadImport"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-import-errors": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
                outcome?: "failed" | "skipped" | "warning" | "all";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageLeadRowError"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "import-errors": {
        parameters: {
            query?: {
                outcome?: "failed" | "skipped" | "warning" | "all";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description row, column, reason, raw row */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "undo-import": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LeadImport"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-inbound-webhooks": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageWebhookInbound"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-inbound-webhook": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateInboundInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InboundSecret"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "delete-inbound-webhook": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-inbound-events": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageWebhookReceived"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-incidents": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageWatchIncident"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "open-incident": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OpenIncidentInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatchDossier"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-incident": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatchDossier"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "advance-incident": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AdvanceIncidentInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatchDossier"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "export-incident": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatchEvidence"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    isolate: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IsolateInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatchDossier"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "add-incident-note": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IncidentNoteInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatchDossier"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "release-isolation": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReleaseInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatchDossier"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-leads": {
        parameters: {
            query?: {
                /** @description Enrolled in it, in any state. */
                campaign_id?: string;
                company?: string[];
                /** @description Also count all that match. */
                count?: boolean;
                created_after?: string;
                /** @description next_cursor of the page before. */
                cursor?: string;
                /** @description Created by it. */
                import_id?: string;
                limit?: number;
                max_score?: number;
                min_score?: number;
                /** @description A whole e-mail address, telephone number or external id; @domain; or the beginning of a name or company. */
                q?: string;
                /** @description score, created_at, name or company; with - descending. The newest first by default. */
                sort?: string;
                source?: string[];
                /** @description Comma-separated. */
                status?: string[];
                /** @description All of them, comma-separated. */
                tags?: string[];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageLead"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-lead": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LeadFields"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lead"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-lead": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lead"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "delete-lead": {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that the change is based on; 412 if there is a newer one. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "update-lead": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
                /** @description ETag of the version that the change is based on; 412 if there is a newer one. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateLeadInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lead"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-lead-compliance": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LeadCompliance"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-lead-interactions": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageLeadInteraction"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "add-lead-note": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddNoteInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LeadInteraction"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "add-lead-task": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddTaskInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "bulk-leads": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BulkLeadsInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LeadBulkResult"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "export-leads": {
        parameters: {
            query?: {
                /** @description Enrolled in it, in any state. */
                campaign_id?: string;
                company?: string[];
                created_after?: string;
                /** @description Created by it. */
                import_id?: string;
                max_score?: number;
                min_score?: number;
                /** @description A whole e-mail address, telephone number or external id; @domain; or the beginning of a name or company. */
                q?: string;
                source?: string[];
                /** @description Comma-separated. */
                status?: string[];
                /** @description All of them, comma-separated. */
                tags?: string[];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One row a lead, the oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "import-leads": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "multipart/form-data": {
                    /** @description JSON object: row number (as a spreadsheet counts) -> column -> the value to take instead. At most 1,000 rows. */
                    corrections?: string;
                    /** @description Tell what would happen and change nothing. */
                    dry_run?: boolean;
                    /**
                     * Format: binary
                     * @description CSV in any dialect, or XLSX.
                     */
                    file: string;
                    /** @description JSON object: column -> field, custom.<name> or skip. Columns that are left out are mapped by themselves. */
                    mapping?: string;
                    /** @description Source of rows that name none. */
                    source?: string;
                    /** @description Update people who are already there instead of skipping them. */
                    update_existing?: boolean;
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LeadImport"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-mailboxes": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageMailbox"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-mailbox": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MailboxFields"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Mailbox"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-mailbox": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Mailbox"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "delete-mailbox": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "update-mailbox": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
                /** @description ETag of the version that the change is based on; 412 if there is a newer one. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MailboxFields"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Mailbox"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "test-mailbox": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MailboxTest"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-sandbox-mailbox": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Mailbox"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-members": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageOrgMember"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "add-member": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddMemberInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invited"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "remove-member": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "update-member": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
                /** @description ETag of the version that the change is based on; 412 if there is a newer one. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateMemberInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrgMember"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "make-reset-link": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuthResetLink"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "end-member-sessions": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-organization": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "update-organization": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
                /** @description ETag of the version that the change is based on; 412 if there is a newer one. */
                "If-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateOrganizationInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "pause-all": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-replies": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                intent?: "interested" | "question" | "not_now" | "not_interested" | "wrong_person" | "out_of_office" | "opt_out" | "other";
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageConversationReply"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-reply": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationReply"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "correct-reply": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CorrectReplyInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationReply"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "resume-all": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Matrix"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "add-sample": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SampleChange"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "remove-sample": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SampleChange"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "open-share": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SharedReport"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageShare"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-share": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ShareInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "revoke-share": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-sso-connections": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageSsoConnection"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-sso-connection": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateConnectionInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SsoConnection"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-sso-connection": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SsoConnection"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "delete-sso-connection": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "update-sso-connection": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
                /** @description ETag of the version that the change is based on; 412 if there is a newer one. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateConnectionInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SsoConnection"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "test-sso-connection": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SsoTrial"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-suppressions": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageComplianceSuppression"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "add-suppression": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddSuppressionInputBody"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "remove-suppression": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-tasks": {
        parameters: {
            query?: {
                lead_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageTask"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "update-task": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateTaskInputBody"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-views": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageView"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-view": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateViewInputBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["View"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "delete-view": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "update-view": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateViewInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["View"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-webhook-endpoints": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageWebhookEndpoint"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-webhook-endpoint": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookFields"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSecret"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-webhook-endpoint": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookEndpoint"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "delete-webhook-endpoint": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "update-webhook-endpoint": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
                /** @description ETag of the version that the change is based on; 412 if there is a newer one. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateWebhookInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookEndpoint"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-webhook-deliveries": {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                limit?: number;
                state?: "pending" | "delivered" | "failed";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageWebhookDelivery"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "redeliver-webhook": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                delivery_id: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "rotate-webhook-secret": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RotateWebhookInputBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSecret"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "test-webhook-endpoint": {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within a day get the first answer again. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-writer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Writer"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "show-writer-status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriterStatus"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
